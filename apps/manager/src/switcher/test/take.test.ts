import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import type { Impact, Preset, Take } from "@bilbycast/contracts/manager-api";
import { waitFor } from "@bilbycast/testkit/peers";
import { TestBrowser } from "../../../test/test-browser.ts";
import { GROUP, testDesk, type TestDesk } from "../../../test/test-desk.ts";
import { testManager } from "../../../test/test-manager.ts";

let desk: TestDesk;
let [one, two, three]: Preset[] = [];

before(async () => {
  desk = await testDesk(await testManager());
  [one, two, three] = [await desk.preset("One", 1), await desk.preset("Two", 2), await desk.preset("Three", 3)];
});
beforeEach(async () => {
  desk.nodes.a.manners.clear();
  desk.nodes.b.manners.clear();
  await waitFor("a desk that nobody holds", async () => (await desk.whole()).desk.taking === null);
});
after(async () => {
  await Promise.all(Object.values(desk.nodes).map((node) => node.leave()));
});

const idOf = (preset: Preset | undefined): string => preset?.id ?? assert.fail();
/** Puts a preset on air, whatever was there. */
const onAir = async (preset: Preset | undefined): Promise<Take> => {
  const { body, status } = await desk.director.post(`/switcher/presets/${idOf(preset)}/activate`, { wait: "verified" });
  assert.equal(status, 200, JSON.stringify(body));
  return body as unknown as Take;
};

test("a take puts what is in PVW on air on every node, proves it, and clears PVW", async () => {
  await onAir(one);
  await desk.load(idOf(two));
  const before = await desk.whole();
  assert.deepEqual(
    [before.desk.pgm?.preset_id, before.desk.pvw?.preset_id, before.presets.find(({ id }) => id === two?.id)?.bus],
    [one?.id, two?.id, "pvw"],
  );

  const { body, status } = await desk.take({ preset_id: two?.id, preset_version: 1, wait: "verified" });

  assert.equal(status, 200);
  const take = body as unknown as Take & { pgm: { preset_id: string } };
  assert.equal(take.state, "verified");
  assert.deepEqual(
    take.results.map(({ action, from_input_id: from, ok, outputs, state }) => [
      action.type === "activate_input" ? action.input_id : "",
      from,
      ok,
      state,
      outputs.length,
    ]),
    [
      ["m2", "m1", true, "verified", 2],
      ["c2", "c1", true, "verified", 2],
      ["m2", "m1", true, "verified", 2],
      ["c2", "c1", true, "verified", 2],
    ],
  );
  assert.ok((take.verified_ms ?? 0) >= 2 && (take.acknowledged_ms ?? 0) > 0);
  assert.equal(take.pgm.preset_id, two?.id);
  const { desk: state, presets } = await desk.whole();
  assert.deepEqual([state.pgm?.preset_id, state.pgm?.state, state.pgm?.by, state.pvw], [two?.id, "on_air", "director", null]);
  assert.deepEqual(
    presets.map(({ bus, matches_current: matches, name }) => [name, matches, bus]),
    [
      ["One", false, null],
      ["Three", false, null],
      ["Two", true, "pgm"],
    ],
  );
  assert.deepEqual([...desk.nodes.a.active, ...desk.nodes.b.active].flat(), ["main", "m2", "clean", "c2", "main", "m2", "clean", "c2"]);
});

test("a press is on record with who made it and how it went, and PVW is not", async () => {
  const before = (await desk.onRecord()).length;
  await desk.load(idOf(one));
  await desk.load(null);
  await desk.load(idOf(one));
  assert.equal((await desk.onRecord()).length, before);

  const { body } = await desk.take({ wait: "verified" });
  await desk.over(body["id"]);

  assert.deepEqual((await desk.onRecord()).slice(before), [
    { action: "switcher.take", phase: "begun", kind: "take", actor: "director" },
    { action: "switcher.take", phase: "ended", outcome: "verified", kind: "take", actor: "director" },
  ]);
});

test("without anything in PVW, or with something else in it than was looked at, nothing is taken", async () => {
  await desk.load(null);
  assert.deepEqual(await codeOf(desk.take()), [409, "pvw_empty"]);
  await desk.load(idOf(two));
  assert.deepEqual(await codeOf(desk.take({ preset_id: three?.id })), [409, "pvw_changed"]);
  assert.deepEqual(await codeOf(desk.take({ preset_id: two?.id, preset_version: 7 })), [409, "pvw_changed"]);
  const straight = desk.director.post(`/switcher/presets/${idOf(two)}/activate`, { preset_version: 7 });
  assert.deepEqual(await codeOf(straight), [409, "pvw_changed"]);
  await desk.load(null);
});

const codeOf = async (answer: Promise<{ status: number; body: Record<string, unknown> }>): Promise<[number, unknown]> => {
  const { body, status } = await answer;
  return [status, body["error_code"]];
};

test("of two who take the same in the same moment one does, and the other one is told; each node is told once", async () => {
  await onAir(one);
  await desk.load(idOf(two));
  const before = desk.nodes.a.switches.length;

  const answers = await Promise.all([desk.take({}, desk.director), desk.take({}, desk.second)]);

  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409]);
  const refused = answers.find(({ status }) => status === 409);
  assert.ok(["pvw_empty", "take_in_progress"].includes(String(refused?.body["error_code"])), JSON.stringify(refused?.body));
  assert.equal(desk.nodes.a.switches.length - before, 2);
});

test("two different presses at once: both are on air one after the other, or one is refused; never a mixture", async () => {
  await onAir(one);
  desk.nodes.b.manners.set("*", { answersAfter: 50 });

  const answers = await Promise.all([
    desk.director.post(`/switcher/presets/${idOf(two)}/activate`, {}),
    desk.second.post(`/switcher/presets/${idOf(three)}/activate`, {}),
  ]);

  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409]);
  const sources = new Set([...desk.nodes.a.active.values(), ...desk.nodes.b.active.values()].map((input) => input.slice(1)));
  assert.equal(sources.size, 1, [...sources].join(" "));
});

test("the same press that comes twice is one take", async () => {
  await onAir(one);
  await desk.load(idOf(two));
  const request = { request_id: randomUUID() };
  const before = desk.nodes.a.switches.length;

  const answers = await Promise.all([desk.take(request), desk.take(request), desk.take(request)]);
  const late = await desk.take(request);

  assert.deepEqual(
    [...answers, late].map(({ status }) => status),
    [200, 200, 200, 200],
  );
  assert.equal(new Set([...answers, late].map(({ body }) => body["id"])).size, 1);
  assert.equal(desk.nodes.a.switches.length - before, 2);
});

test("a node that refuses makes the take partial: PVW stays, PGM says so, what failed is done again by a retry", async () => {
  await onAir(one);
  await desk.load(idOf(two));
  desk.nodes.b.manners.set("clean", { refuses: "unknown_input" });

  const { body } = await desk.take({ wait: "verified" });

  const take = body as unknown as Take;
  assert.deepEqual(
    [take.state, take.can_retry, take.can_revert, take.results.map(({ error_code: code, state }) => code ?? state)],
    ["partial", true, true, ["verified", "verified", "verified", "unknown_input"]],
  );
  const half = (await desk.whole()).desk;
  assert.deepEqual([half.pgm?.preset_id, half.pgm?.state, half.pvw?.preset_id], [two?.id, "partial", two?.id]);

  desk.nodes.b.manners.clear();
  const again = await desk.director.post("/switcher/retry", { group_id: GROUP, take_id: take.id, wait: "verified" });

  assert.deepEqual([again.status, again.body["state"], (again.body["results"] as unknown[]).length], [200, "verified", 1]);
  const whole = (await desk.whole()).desk;
  assert.deepEqual([whole.pgm?.preset_id, whole.pgm?.state, whole.pvw], [two?.id, "on_air", null]);
  assert.deepEqual(
    (await desk.onRecord()).slice(-4).map(({ kind, outcome }) => [kind, outcome]),
    [
      ["take", undefined],
      ["take", "partial"],
      ["retry", undefined],
      ["retry", "verified"],
    ],
  );
});

test("a revert puts back what was on air, and its marks; a revert of that puts it on again", async () => {
  await onAir(one);
  const take = await onAir(three);
  const asked = await desk.director.get(`/switcher/desks/${GROUP}/takes/${take.id}/revert`);
  const { actions, ...impact } = asked.body as unknown as Impact;
  assert.deepEqual(
    [asked.status, impact.preset_id, impact.is_blocked, actions.map(({ from, to }) => `${from?.input_id} ${to.input_id}`)],
    [200, three?.id, false, ["m3 m1", "c3 c1", "m3 m1", "c3 c1"]],
  );

  const back = await desk.director.post("/switcher/revert", { group_id: GROUP, take_id: take.id, wait: "verified" });

  assert.deepEqual([back.status, back.body["state"], back.body["kind"]], [200, "verified", "revert"]);
  assert.deepEqual([...desk.nodes.a.active.values(), ...desk.nodes.b.active.values()], ["m1", "c1", "m1", "c1"]);
  assert.equal((await desk.whole()).desk.pgm?.preset_id, one?.id);
  assert.deepEqual(await codeOf(desk.director.post("/switcher/revert", { group_id: GROUP, take_id: take.id })), [409, "take_superseded"]);
  assert.deepEqual(await codeOf(desk.director.get(`/switcher/desks/${GROUP}/takes/${take.id}/revert`)), [409, "take_superseded"]);

  const again = await desk.director.post("/switcher/revert", { group_id: GROUP, take_id: back.body["id"], wait: "verified" });

  assert.equal(again.body["state"], "verified");
  assert.deepEqual([...desk.nodes.a.active.values()], ["m3", "c3"]);
  assert.equal((await desk.whole()).desk.pgm?.preset_id, three?.id);
});

test("a node that obeys and does not see its source leave is said to be unconfirmed, with the reason", async () => {
  await onAir(one);
  desk.nodes.a.manners.set("main", { doubts: "no_packet" });
  desk.nodes.b.manners.set("main", { provesNothing: true });

  const take = await onAir(two);

  assert.deepEqual(
    [take.state, take.results.map(({ error_code: code, state }) => [state, code])],
    [
      "unconfirmed",
      [
        ["unconfirmed", "no_packet"],
        ["verified", null],
        ["unconfirmed", "not_told"],
        ["verified", null],
      ],
    ],
  );
  assert.equal((await desk.whole()).desk.pgm?.preset_id, two?.id);
});

test("a take that changes nothing says so before and after", async () => {
  await onAir(two);

  const { body: impact } = await desk.director.get(`/switcher/presets/${idOf(two)}/impact`);
  const take = await onAir(two);

  assert.deepEqual([impact["changes_nothing"], impact["outputs"], impact["nodes"], impact["is_blocked"]], [true, 0, 0, false]);
  assert.deepEqual(
    take.results.map(({ state }) => state),
    ["unchanged", "unchanged", "unchanged", "unchanged"],
  );
  assert.equal(take.state, "verified");
});

test("somebody who switches at the node itself takes the mark off PGM, and the badge goes", async () => {
  await onAir(one);
  const browser = await TestBrowser.open(desk.director, [`desk:${GROUP}`]);
  await waitFor("the desk", () => browser.of(`desk:${GROUP}`, "desk") !== undefined);
  await waitFor("statistics that a take does not outweigh", () => {
    desk.nodes.a.switchByHand("main", "m3");
    return (browser.of<{ pgm?: unknown }>(`desk:${GROUP}`, "desk")?.pgm ?? null) === null;
  });

  const { desk: state, presets } = await desk.whole();

  assert.deepEqual([state.pgm, state.pgm_lost?.preset_id, state.pgm_lost?.reason], [null, one?.id, "drifted"]);
  const drifted = presets.find(({ id }) => id === one?.id);
  assert.deepEqual([drifted?.match.state, drifted?.match.differs, drifted?.match.actions[0]?.active_input_id], ["differs", 1, "m3"]);
  assert.equal(browser.of<Preset>(`desk:${GROUP}`, `preset:${idOf(one)}`)?.match.state, "differs");
  await browser.leave();
});

test("a node that is away blocks the take before anything is done, and makes badges unknown, not wrong", async () => {
  await onAir(one);
  await desk.load(idOf(two));
  const switches = desk.nodes.b.switches.length;
  await desk.nodes.a.leave();
  await waitFor("the node's absence", async () => (await desk.whole()).presets.every(({ match }) => match.actions[0]?.state === "unknown"));

  const refused = await desk.take();

  assert.deepEqual([refused.status, refused.body["error_code"]], [409, "take_blocked"]);
  const { impact } = refused.body["details"] as { impact: { actions: { findings: { code: string }[] }[] } };
  assert.deepEqual(
    impact.actions.map(({ findings }) => findings.map(({ code }) => code)),
    [["node_not_connected"], ["node_not_connected"], [], []],
  );
  assert.equal(desk.nodes.b.switches.length, switches);
  const { desk: state, presets } = await desk.whole();
  assert.deepEqual([state.pgm?.preset_id, state.pvw?.preset_id, state.taking], [one?.id, two?.id, null]);
  assert.equal(presets.find(({ id }) => id === one?.id)?.match.state, "unknown");
  await desk.nodes.a.comeBack(desk.manager);
  await waitFor("the node", async () => (await desk.whole()).presets.find(({ id }) => id === one?.id)?.match.state === "matches");
});

test("a node that goes away in mid-take leaves a take that says which node, and a PGM that says partial", async () => {
  await onAir(one);
  await desk.load(idOf(two));
  desk.nodes.b.manners.set("*", { isMute: true });
  const before = desk.nodes.b.switches.length;
  const taking = desk.take();
  await waitFor("commands at the node", () => desk.nodes.b.switches.length > before);
  await desk.nodes.b.leave();

  const { body } = await taking;

  const take = await desk.over(body["id"]);
  assert.deepEqual(
    [take.state, take.results.map(({ error_code: code, node_name: node, ok }) => [node, ok, code])],
    [
      "partial",
      [
        ["Alpha", true, null],
        ["Alpha", true, null],
        ["Beta", false, "node_not_connected"],
        ["Beta", false, "node_not_connected"],
      ],
    ],
  );
  assert.equal((await desk.whole()).desk.pgm?.state, "partial");
  desk.nodes.b.manners.clear();
  await desk.nodes.b.comeBack(desk.manager);
  await waitFor("the node", async () =>
    (await desk.whole()).presets.every(({ match }) => match.actions.every(({ state }) => state !== "unknown")),
  );
  const again = await desk.director.post("/switcher/retry", { group_id: GROUP, take_id: take.id, wait: "verified" });
  assert.deepEqual([again.status, again.body["state"]], [200, "verified"], JSON.stringify(again.body));
});

test("who watches sees a press as it is made: taking, on air, proved", async () => {
  await onAir(one);
  const browser = await TestBrowser.open(desk.second, [`desk:${GROUP}`]);
  const state = (): { pgm?: { preset_id: string }; pvw?: { preset_id: string }; taking?: string } | undefined =>
    browser.of(`desk:${GROUP}`, "desk");
  await waitFor("the desk", () => state() !== undefined);
  await desk.load(idOf(three));
  await waitFor("PVW", () => state()?.pvw?.preset_id === three?.id);
  desk.nodes.a.manners.set("*", { answersAfter: 300, provesAfter: 300 });

  const taking = desk.take();
  await waitFor("a desk that is taking", () => typeof state()?.taking === "string");
  const { body } = await taking;
  await waitFor("PGM", () => state()?.pgm?.preset_id === three?.id && state()?.pvw === undefined);
  const stateOf = (): unknown => browser.of<Take>(`desk:${GROUP}`, `take:${String(body["id"])}`)?.state;
  await waitFor("the proof", () => stateOf() === "verified");

  assert.equal(body["state"], "verifying");
  await browser.leave();
});
