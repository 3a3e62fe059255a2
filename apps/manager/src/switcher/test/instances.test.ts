import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Preset, Take } from "@bilbycast/contracts/manager-api";
import { waitFor } from "@bilbycast/testkit/peers";
import { TestBrowser } from "../../../test/test-browser.ts";
import { TestClient } from "../../../test/test-client.ts";
import { GROUP, testDesk, type TestDesk } from "../../../test/test-desk.ts";
import { testManager, type TestManager } from "../../../test/test-manager.ts";
import { verifyChain } from "../../audit/verify.ts";

// Nodes are connected to one instance, the director to another one.

let desk: TestDesk;
let far: TestManager;
let director: TestClient;
let [one, two]: Preset[] = [];

before(async () => {
  const manager = await testManager();
  desk = await testDesk(manager);
  [one, two] = [await desk.preset("One", 1), await desk.preset("Two", 2)];
  far = await testManager({ on: manager.testDatabase });
  director = await TestClient.loggedIn(far, "director");
});
after(async () => {
  await Promise.all(Object.values(desk.nodes).map((node) => node.leave()));
});

const activate = async (preset: Preset | undefined, by = director): Promise<Take> => {
  const { body, status } = await by.post(`/switcher/presets/${String(preset?.id)}/activate`, { wait: "verified" });
  assert.equal(status, 200, JSON.stringify(body));
  return body as unknown as Take;
};

test("a take by another instance than the one that has the nodes is verified all the same, and both see it", async () => {
  const browsers = await Promise.all([TestBrowser.open(director, [`desk:${GROUP}`]), TestBrowser.open(desk.second, [`desk:${GROUP}`])]);
  await activate(one);

  const take = await activate(two);

  assert.deepEqual([take.state, take.results.map(({ state }) => state)], ["verified", ["verified", "verified", "verified", "verified"]]);
  for (const browser of browsers) {
    await waitFor("PGM", () => browser.of<{ pgm?: { preset_id: string } }>(`desk:${GROUP}`, "desk")?.pgm?.preset_id === two?.id);
    await browser.leave();
  }
});

test("the same press at two instances is one take", async () => {
  await activate(one);
  await director.post("/switcher/pvw", { group_id: GROUP, preset_id: two?.id });
  const before = desk.nodes.b.switches.length;
  const body = { group_id: GROUP, request_id: randomUUID() };

  const answers = await Promise.all([director.post("/switcher/take", body), desk.director.post("/switcher/take", body)]);

  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  assert.equal(answers[0]?.body["id"], answers[1]?.body["id"]);
  assert.equal(desk.nodes.b.switches.length - before, 2);
});

test("a take whose instance goes away in the middle is ended as interrupted by another one: desk, takes and record say so", async () => {
  await activate(one);
  desk.nodes.b.manners.set("*", { isMute: true });
  const before = desk.nodes.b.switches.length;
  // What a killed instance leaves: a desk that is held, and nobody who holds it.
  void director.post(`/switcher/presets/${String(two?.id)}/activate`, {}).catch(() => undefined);
  await waitFor("commands at the node", () => desk.nodes.b.switches.length > before);
  await far.database.queries.deleteFrom("manager_instances").where("id", "=", far.app.instanceId).execute();

  await waitFor("the end of the take", async () => (await desk.whole()).takes[0]?.state === "interrupted", 30);

  const { desk: state, takes } = await desk.whole();
  assert.deepEqual([state.taking, state.pgm, state.pgm_lost?.reason], [null, null, "interrupted"]);
  assert.ok(takes[0]?.results.some((result) => result.state === "unknown" && result.error_code === "outcome_unknown"));
  assert.deepEqual((await desk.onRecord()).at(-1), {
    action: "switcher.preset.activate",
    phase: "ended",
    outcome: "interrupted",
    kind: "activate",
    actor: "system",
  });
  assert.equal((await verifyChain(far.database)).is_whole, true);
  desk.nodes.b.manners.clear();
  // The desk is nobody's: the next press is as good as any, and makes it whole again.
  const again = await activate(two, desk.director);
  assert.equal(again.state, "verified");
});

test("an instance that is started again ends at once what its former life left, and a late answer of that changes nothing", async () => {
  await activate(one, desk.director);
  desk.nodes.b.manners.set("*", { answersAfter: 3_000 });
  const before = desk.nodes.b.switches.length;
  void director.post(`/switcher/presets/${String(two?.id)}/activate`, {}).catch(() => undefined);
  await waitFor("commands at the node", () => desk.nodes.b.switches.length > before);

  const again = await testManager({ on: desk.manager.testDatabase, instanceId: far.app.instanceId });

  const atStart = await desk.whole();
  assert.deepEqual([atStart.takes[0]?.state, atStart.desk.taking, atStart.desk.pgm_lost?.reason], ["interrupted", null, "interrupted"]);
  await waitFor("the late answer", () => desk.nodes.b.active.get("clean") === "c2");
  await waitFor(
    "what the nodes carry",
    async () => (await desk.whole()).presets.find(({ id }) => id === two?.id)?.matches_current === true,
  );
  const { desk: state, takes } = await desk.whole();
  assert.deepEqual([takes[0]?.state, state.pgm], ["interrupted", null]);
  desk.nodes.b.manners.clear();
  await again.stop();
});
