import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { FlowRow, NodeCard } from "@bilbycast/contracts/manager-api";
import { connect, TestBrowser } from "../../../test/test-browser.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addGroup, addPerson, testManager } from "../../../test/test-manager.ts";
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

test("pictures of a node that another instance has are shown, the newest, to who may see them and nobody else", async () => {
  const { manager, other, root } = await shared;
  await addGroup(manager.database, "grp_else");
  await addPerson(manager.database, "eve", { grp_else: "admin" });
  const eve = await TestClient.loggedIn(other, "eve");
  const known = await addNode(manager, "PIX-1");
  const path = `/nodes/${known.id}/flows/f/thumbnail`;
  assert.deepEqual((await root.get(path)).body["details"], { reason: "node_not_connected" });
  const node = await TestNode.connect(manager, known);
  const picture = (filled: number): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(100_000, filled)]);
  node.say("thumbnail", { flow_id: "f", active_input_id: "cam", data: picture(1).toString("base64"), width: 1, height: 1 });

  const first = await eventually(async () => {
    const answer = await root.get(path);
    return answer.status === 200 && answer;
  });
  const tag = first.headers.get("etag") ?? "";
  const same = await root.get(path, { "if-none-match": tag });
  const byInput = await root.get(`/nodes/${known.id}/inputs/cam/thumbnail`);
  node.say("thumbnail", { flow_id: "f", active_input_id: "cam", data: picture(2).toString("base64"), width: 1, height: 1 });
  const next = await eventually(async () => {
    const answer = await root.get(path, { "if-none-match": tag });
    return answer.status === 200 && answer;
  });
  const local = await (await TestClient.loggedIn(manager, "root")).get(path);
  const none = await root.get(`/nodes/${known.id}/flows/other/thumbnail`);

  assert.deepEqual(first.bytes, picture(1));
  assert.deepEqual([same.status, same.bytes.length], [304, 0]);
  assert.deepEqual(byInput.bytes, picture(1));
  assert.deepEqual(next.bytes, picture(2));
  assert.equal(local.headers.get("etag"), next.headers.get("etag"));
  assert.equal(local.headers.get("x-taken-at"), next.headers.get("x-taken-at"));
  assert.deepEqual([none.status, none.body["details"]], [404, { reason: "none_yet" }]);
  assert.equal((await eve.get(path)).body["error_code"], "not_found");
  await node.close();
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
