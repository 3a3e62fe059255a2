import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { ScriptedManager } from "@bilbycast/testkit/manager";
import { freePorts, waitFor } from "@bilbycast/testkit/peers";
import { EdgeProcess } from "./edge-process.ts";
import { breachesOf, NODE_ID, SECRET, TOKEN } from "./link-stage.ts";

process.env["NODE_EXTRA_CA_CERTS"] = fileURLToPath(new URL("../../../testkit/manager/certificates/authority-cert.pem", import.meta.url));

const SAMPLE = "bilbycast-sample.m2t";
const SAMPLE_PATH = fileURLToPath(new URL(`../demo/${SAMPLE}`, import.meta.url));

/** A flow that plays a film: it moves packets and needs no codec. */
const config = async (manager: ScriptedManager): Promise<Record<string, unknown>> => ({
  version: 2,
  manager: { enabled: true, urls: [manager.url], registration_token: TOKEN },
  inputs: [{ type: "media_player", id: "film", name: "film", sources: [{ kind: "ts", name: SAMPLE }] }],
  outputs: [{ type: "udp", id: "out", name: "out", dest_addr: `127.0.0.1:${await freePorts(1)}` }],
  flows: [{ id: "f", name: "f", input_ids: ["film"], output_ids: ["out"], thumbnail: false }],
});

const opened = async (t: TestContext): Promise<ScriptedManager> => {
  const manager = await ScriptedManager.open();
  t.after(() => manager.close());
  return manager;
};

test("an edge registers, is killed, and comes back by its secret; neither token nor secret is on its disk or in its log", async (t) => {
  const manager = await opened(t);
  const edge = EdgeProcess.launch(t, await config(manager));
  copyFileSync(SAMPLE_PATH, join(edge.configPath, "..", SAMPLE));
  await edge.running(1);
  const first = await manager.session();
  assert.equal((await first.register(NODE_ID, SECRET))["registration_token"], TOKEN);
  await first.next("health");
  const { pid } = await edge.running(1);

  process.kill(pid, "SIGKILL");
  const second = await manager.session();
  const shown = await second.accept();
  const health = await second.next("health");
  await second.next("stats");
  await second.next("stats");

  assert.deepEqual([shown["node_id"], shown["node_secret"], shown["registration_token"]], [NODE_ID, SECRET, undefined]);
  assert.equal((health.payload["manager"] as { state: string }).state, "connected");
  assert.deepEqual(breachesOf([...first.heard, ...second.heard]), []);
  const files = ["config.json", "secrets.json"].map((name) => readFileSync(join(edge.configPath, "..", name), "utf8")).join();
  const said = files + JSON.stringify(edge.logged("")) + edge.stderr;
  assert.ok(!said.includes(TOKEN) && !said.includes(SECRET));
  await second.until(
    () => second.all("event").find(({ payload }) => (payload["details"] as { error_code: string }).error_code === "edge_restarted"),
    "the event of the restart",
  );
});

test("flows run on through all that a manager may do to its link", async (t) => {
  const manager = await opened(t);
  const edge = EdgeProcess.launch(t, await config(manager));
  copyFileSync(SAMPLE_PATH, join(edge.configPath, "..", SAMPLE));
  await edge.running(1);
  const first = await manager.session();
  await first.register(NODE_ID, SECRET);
  const sentBy = async (): Promise<{ sent: number; dropped: number }> => {
    const { body } = await edge.call("GET", "/api/v1/stats/f");
    const [output] = (body["data"] as { outputs: { packets_sent: number; packets_dropped: number }[] }).outputs;
    return { sent: output?.packets_sent ?? 0, dropped: output?.packets_dropped ?? 0 };
  };
  await waitFor("the first packets", async () => (await sentBy()).sent > 100, 30);
  const uptime = async (): Promise<number> => {
    const { body } = await edge.call("GET", "/api/v1/stats/f");
    return (body["data"] as { uptime_secs: number }).uptime_secs;
  };
  const before = await uptime();

  first.pause();
  for (let i = 0; i < 5_000; i++) {
    first.order({ type: "get_schema" });
    first.raw(`{"type":"rubbish","payload":${"[".repeat(500)}${"]".repeat(500)}}`);
  }
  const { sent } = await sentBy();
  await waitFor("packets meanwhile", async () => (await sentBy()).sent > sent + 1_000, 30);
  first.kill();
  await (await manager.session()).accept();

  assert.equal((await sentBy()).dropped, 0);
  assert.ok((await uptime()) >= before, "the flow was started again");
  assert.equal((await edge.call("GET", "/health")).body["restarts"], 0);
});

test("an edge that is set up from its page is registered without a start", async (t) => {
  const manager = await opened(t);
  const edge = await EdgeProcess.start(t);
  const { status } = await edge.call("POST", "/setup", { manager_url: manager.url, registration_token: TOKEN });
  const session = await manager.session();
  await session.register(NODE_ID, SECRET);
  await session.next("health");

  assert.equal(status, 200);
  const { body } = await edge.call("GET", "/health");
  assert.deepEqual(
    [(body["manager"] as { state: string }).state, (body["manager"] as { node_id: string }).node_id],
    ["connected", NODE_ID],
  );
});
