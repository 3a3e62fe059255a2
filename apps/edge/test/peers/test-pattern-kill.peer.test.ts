import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { descendantsOf, Stage, waitFor } from "@bilbycast/testkit/peers";
import { checkConstantStream } from "./constant-stream.ts";

test("an encoder that is killed costs frames at the most: clock, rate and counters go on, and the picture is back", async (t) => {
  const stage = new Stage(t);
  const sink = await stage.sink();
  const config = { type: "test_pattern", width: 640, height: 360 };
  const edge = await stage.edge([{ id: "f", input: config, outputs: [{ type: "udp", dest_addr: `127.0.0.1:${sink.port}` }] }]);
  const frames = async (): Promise<number> => Number((await edge.stats("f")).input["frames_encoded"]);
  await waitFor("frames and thumbnails", async () => (await frames()) > 50 && hostsOf(edge.launcher.pid).length === 2, 30);
  sink.clear();
  const rate = Number((await edge.stats("f")).input["mux_rate"]);
  const { pid } = edge.launcher;
  for (const signal of ["SIGKILL", "SIGSEGV"] as const) {
    // One encodes, another makes thumbnails.
    const before = hostsOf(pid);
    assert.equal(before.length, 2);
    before.forEach((host) => process.kill(host, signal));
    await waitFor("other hosts", () => Promise.resolve(hostsOf(pid).filter((host) => !before.includes(host)).length === 2));
    const made = await frames();
    await waitFor("frames of it", async () => (await frames()) > made + 10);
  }
  await waitFor("a little more", () => Promise.resolve(sink.size >= (rate / 8) * 6));
  checkConstantStream(sink.bytes(), rate);
  assert.equal((await edge.stats("f")).input["encoder_restarts"], 2);
});

/** Node processes below the edge that are hosts: leaders of their own group. */
const hostsOf = (launcher: number): number[] => descendantsOf(launcher).filter((pid) => isHost(pid));

const isHost = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("media/host/main.ts");
  } catch {
    return false;
  }
};
