import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { FlowRow, NodeCard } from "@bilbycast/contracts/manager-api";
import { connect, TestBrowser } from "../../../test/test-browser.ts";
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
  const other = await testManager({ on: manager.testDatabase });
  await addPerson(manager.database, "root", {}, "super_admin");
  return { manager, other, root: await TestClient.loggedIn(other, "root") };
});

test("a browser on one instance sees a node of another: its card, all of it, its alarms, and asks it for pictures", async () => {
  const { manager, root } = await shared;
  const known = await addNode(manager, "FAR-1");
  const node = await TestNode.connect(manager, known);
  const browser = await TestBrowser.open(root, ["nodes", "flows", "alarms", "events", `node:${known.id}`]);
  const timer = setInterval(() => node.stats([FLOW]), 500);
  try {
    await eventually(() => browser.of<NodeCard>("nodes", known.id)?.bitrate_in_bps === 8_000_000);
    await eventually(() => browser.of(`node:${known.id}`, "flow:f")?.["health"] === "Warning");
    await eventually(() => browser.of<Record<string, FlowRow>>("flows", known.id)?.["f"]?.bitrate_in_bps === 8_000_000);
    node.event("input_lost", "critical", { flow_id: "f", input_id: "cam" });
    await eventually(() => browser.all("alarm").length > 0 && browser.all("event").length > 0);
    browser.say({ type: "look", pictures: [{ node_id: known.id, flow_id: "f" }] });
    await eventually(() => node.commands.some(({ type }) => type === "watch_pictures"));
  } finally {
    clearInterval(timer);
  }
  await browser.leave();
});

test("a browser that stops reading keeps nothing waiting for it, and has the newest when it reads again", async () => {
  const { manager, other, root } = await shared;
  const known = await addNode(manager, "SLOW-1");
  const node = await TestNode.connect(other, known);
  const slow = await TestBrowser.open(root, ["nodes", `node:${known.id}`, "events"]);
  const fast = await TestBrowser.open(root, ["nodes", `node:${known.id}`]);
  await eventually(() => slow.of("nodes", known.id) !== undefined && slow.topics.has(`node:${known.id}`));
  slow.socket.pause();
  const much = "x".repeat(400_000);
  for (let round = 1; round <= 20; round++) {
    node.stats([{ ...FLOW, note: `${round}${much}` }], { uptime_secs: round });
    await eventually(() => fast.of(`node:${known.id}`, "node")?.["uptime_secs"] === round);
  }
  const before = slow.messages.length;
  slow.socket.resume();
  await eventually(() => slow.of(`node:${known.id}`, "node")?.["uptime_secs"] === 20);

  const rounds = slow.messages.slice(before).filter(({ topic }) => topic === `node:${known.id}`).length;
  assert.ok(rounds < 20, `${rounds} of 20 rounds were kept for it`);
  assert.equal(slow.closed, undefined);
  await Promise.all([slow.leave(), fast.leave()]);
});

test("so many browsers of one person watch at once and no more, and when one leaves there is room", async () => {
  const { root } = await shared;
  const browsers = await Promise.all(Array.from({ length: 16 }, () => TestBrowser.open(root, ["nodes"])));
  const more = connect(root);
  more.on("error", () => undefined);
  const [, response] = (await once(more, "unexpected-response")) as [unknown, { statusCode: number }];
  assert.equal(response.statusCode, 429);
  await browsers[0]?.leave();
  const next = await eventually(async () => {
    const socket = connect(root);
    socket.on("error", () => undefined);
    const outcome = await Promise.race([
      once(socket, "open").then(() => "open"),
      once(socket, "unexpected-response").then(() => "refused"),
    ]).catch(() => "refused");
    return outcome === "open" && socket;
  });
  next.close();
  await Promise.all(browsers.map((browser) => browser.leave()));
});
