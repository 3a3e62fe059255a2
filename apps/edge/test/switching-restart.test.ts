import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { EdgeProcess } from "./edge-process.ts";

const CONFIG = {
  version: 2,
  inputs: [
    { type: "udp", id: "a", name: "A", bind_addr: "127.0.0.1:0" },
    { type: "udp", id: "b", name: "B", active: false, bind_addr: "127.0.0.1:0" },
  ],
  flows: [{ id: "f", name: "F", input_ids: ["a", "b"] }],
};

const onAir = async (edge: EdgeProcess): Promise<string | undefined> =>
  ((await edge.call("GET", "/api/v1/stats/f")).body["data"] as FlowStats).active_input_id;

test("the input that was put on air is on air again after a kill and a new start", async (t) => {
  const first = await EdgeProcess.start(t, CONFIG);
  const { status } = await first.call("POST", "/api/v1/flows/f/activate-input", { input_id: "b" });
  assert.equal(status, 200);
  process.kill((await first.running(1)).pid, "SIGKILL");
  await first.running(2);
  assert.equal(await onAir(first), "b", "its launcher started it again");
  first.child.kill("SIGTERM");
  await first.ended;

  const second = EdgeProcess.launch(t, undefined, ["--config", first.configPath, "--port", "0", "--bind", "127.0.0.1"]);
  await second.running(1);

  assert.equal(await onAir(second), "b");
});
