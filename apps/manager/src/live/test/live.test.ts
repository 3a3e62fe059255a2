import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alarm, FlowRow, NodeCard } from "@bilbycast/contracts/manager-api";
import { connect, refusalOf, TestBrowser } from "../../../test/test-browser.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";

const FLOW = {
  flow_id: "f",
  flow_name: "Flow",
  state: "running",
  health: "Warning",
  inputs_live: [],
  outputs: [],
  input: { bitrate_bps: 8_000_000 },
};

const shared = testManager().then(async (manager) => {
  await addPerson(manager.database, "root", {}, "super_admin");
  return { manager, root: await TestClient.loggedIn(manager, "root") };
});

test("a browser sees cards, a node in full, alarms and events as they come", async () => {
  const { manager, root } = await shared;
  const known = await addNode(manager, "AMS-1");
  const node = await TestNode.connect(manager, known);
  const browser = await TestBrowser.open(root, ["nodes", "alarms", "events", `node:${known.id}`]);
  await eventually(() => browser.of<NodeCard>("nodes", known.id)?.status === "online");
  node.stats([FLOW], { system_resources: { cpu_percent: 12.5, ram_percent: 40 } });
  const card = await eventually(() => {
    const seen = browser.of<NodeCard>("nodes", known.id);
    return seen?.bitrate_in_bps === 8_000_000 && seen;
  });
  await eventually(() => browser.of(`node:${known.id}`, "flow:f")?.["health"] === "Warning");
  node.event("input_lost", "critical", { flow_id: "f", input_id: "cam" });
  await eventually(
    () => browser.all("alarm").length > 0 && browser.all("event").some(({ event }) => (event as Alarm).error_code === "input_lost"),
  );
  await eventually(() => browser.of<NodeCard>("nodes", known.id)?.alarms.critical === 1);

  assert.equal(browser.messages[0]?.type, "hello");
  assert.equal(card.worst_health, "Warning");
  assert.equal(card.cpu_percent, 13);
  node.stats([], {});
  await eventually(() => browser.of(`node:${known.id}`, "flow:f") === undefined);
  await browser.leave();
});

const INPUT = { input_id: "cam", input_type: "srt", state: "receiving", packets_received: 900, packets_lost: 0 };

test("the list of all flows has their inputs, the loss since it was told last and when they began, and loses what is gone", async () => {
  const { manager, root } = await shared;
  const known = await addNode(manager, "LIST-1");
  const node = await TestNode.connect(manager, known);
  const browser = await TestBrowser.open(root, ["flows"]);
  const row = (flow: string): FlowRow | undefined => browser.of<Record<string, FlowRow>>("flows", known.id)?.[flow];
  const told = (input: Record<string, unknown>) => ({ ...FLOW, uptime_secs: 60, active_input_id: "cam", input, inputs_live: [input] });
  node.stats([told(INPUT), { ...FLOW, flow_id: "g", state: "stopped" }]);
  const first = await eventually(() => row("f"));
  assert.deepEqual(
    [first.name, first.input_id, first.inputs, first.loss_percent ?? null],
    ["Flow", "cam", [{ id: "cam", name: "cam", kind: "srt", state: "receiving" }], null],
  );
  assert.ok(Math.abs(Date.parse(first.since ?? "") - (Date.now() - 60_000)) < 10_000);
  assert.equal(row("g")?.since ?? null, null);

  node.stats([told({ ...INPUT, packets_received: 990, packets_lost: 10 })]);
  await eventually(() => row("f")?.loss_percent === 10 && row("g") === undefined);
  assert.equal(row("f")?.since, first.since);
  await browser.leave();
});

test("who comes back goes on where they were, and gets what happened meanwhile", async () => {
  const { manager, root } = await shared;
  const known = await addNode(manager, "RES-1");
  const node = await TestNode.connect(manager, known);
  const before = await TestBrowser.open(root, ["nodes", "alarms", "events"]);
  await eventually(() => before.of("nodes", known.id) !== undefined && before.topics.has("alarms"));
  await before.leave();
  node.stats([FLOW]);
  node.event("input_lost", "critical", { flow_id: "f", input_id: "cam" });
  await eventually(async () => ((await root.get(`/alarms?node_id=${known.id}`)).body["alarms"] as unknown[]).length === 1);
  const after = await TestBrowser.open(root, ["nodes", "alarms", "events"], before);
  await eventually(
    () =>
      after.all("event").length > 0 && after.all("alarm").length > 0 && after.of<NodeCard>("nodes", known.id)?.bitrate_in_bps === 8_000_000,
  );

  assert.equal(after.messages[0]?.["resumed"], true);
  assert.ok((after.messages[0]?.seq ?? 0) > before.seq);
  assert.deepEqual(after.all("snapshot"), []);
  await after.leave();

  const stranger = await TestClient.loggedIn(manager, "root");
  const stolen = await TestBrowser.open(stranger, ["nodes"], after);
  await eventually(() => stolen.all("snapshot").length > 0);
  assert.equal(stolen.messages[0]?.["resumed"], false);
  await stolen.leave();
});

test("a browser that is not looked at is told every five seconds, and one that goes away is forgotten", async () => {
  const { manager, root } = await shared;
  const known = await addNode(manager, "HID-1");
  const node = await TestNode.connect(manager, known);
  const browser = await TestBrowser.open(root, ["nodes"]);
  await eventually(() => browser.of("nodes", known.id) !== undefined);
  browser.say({ type: "rate", visible: false });
  browser.say({ type: "ping" });
  await eventually(() => browser.all("pong").length > 0);
  const from = Date.now();
  const before = browser.all("patch").length;
  for (let second = 0; second < 6; second++) {
    node.stats([{ ...FLOW, input: { bitrate_bps: second } }]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }

  const patches = browser.all("patch").length - before;
  assert.ok(patches <= Math.ceil((Date.now() - from) / 4_500) + 1, `${patches} patches`);
  await browser.leave();
  await eventually(() => manager.watch.live.size === 0);
});

test("nobody watches without a session of this site, nor with a token, and one that ends ends what is watched", async () => {
  const { manager } = await shared;
  await addPerson(manager.database, "vic", { grp_default: "viewer" });
  const vic = await TestClient.loggedIn(manager, "vic");

  assert.deepEqual(await refusalOf(connect(new TestClient(manager.base))), { status: 401, code: "auth_missing" });
  assert.deepEqual(await refusalOf(connect(vic, { origin: "https://evil.example" })), { status: 403, code: "csrf_refused" });
  const forged = new TestClient(manager.base);
  forged.cookies.set("session", "a.b.c");
  assert.deepEqual(await refusalOf(connect(forged)), { status: 401, code: "auth_invalid" });

  const browser = await TestBrowser.open(vic, ["nodes"]);
  await eventually(() => browser.topics.has("nodes"));
  await vic.post("/auth/logout");
  await eventually(() => browser.closed !== undefined);
  assert.equal(browser.closed?.code, 4_401);
});

test("a browser that says too much, or what is nothing, is closed; others do not notice", async () => {
  const { root } = await shared;
  const good = await TestBrowser.open(root, ["nodes"]);
  const loud = await TestBrowser.open(root, ["nodes"]);
  const silly = await TestBrowser.open(root);
  const huge = await TestBrowser.open(root);
  for (let index = 0; index < 100; index++) {
    loud.say({ type: "ping" });
  }
  for (const nothing of [
    "",
    "{",
    "[]",
    "null",
    '{"type":"subscribe","topics":["node:*"]}',
    '{"type":"subscribe"}',
    "7",
    '"x"',
    "{}",
    "[[[[[[[[]]]]]]]]",
    "false",
    "x",
  ]) {
    silly.say(nothing);
  }
  huge.say({ type: "subscribe", topics: [], more: "x".repeat(50_000) });
  await eventually(() => [loud, silly, huge].every(({ closed }) => closed !== undefined));

  assert.equal(loud.closed?.code, 1_008);
  assert.equal(silly.closed?.code, 1_008);
  assert.equal(huge.closed?.code, 1_009);
  good.say({ type: "ping" });
  await eventually(() => good.all("pong").length === 1);
  await good.leave();
});

test("pictures are asked of a node once however many look, and no more when nobody does", async () => {
  const { manager, root } = await shared;
  const known = await addNode(manager, "PIC-1");
  const node = await TestNode.connect(manager, known);
  const browsers = await Promise.all([1, 2, 3].map(() => TestBrowser.open(root, ["nodes"])));
  await eventually(() => browsers.every((browser) => browser.of("nodes", known.id) !== undefined));
  for (const browser of browsers) {
    browser.say({ type: "look", pictures: [{ node_id: known.id, flow_id: "f" }] });
  }
  // What the manager asks for its own sake is not about pictures.
  const asked = () => node.commands.filter(({ type }) => type !== "get_config");
  await eventually(() => asked().length > 0);
  await eventually(() => asked().some(({ seconds }) => seconds === 0));

  assert.deepEqual(
    asked()
      .filter(({ seconds }) => seconds !== 0)
      .map(({ type, flow_id: flow }) => [type, flow]),
    Array.from({ length: asked().length - 1 }, () => ["watch_pictures", "f"]),
  );
  assert.ok(asked().length <= 4);
  await Promise.all(browsers.map((browser) => browser.leave()));
});
