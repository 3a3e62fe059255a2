import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { Load } from "@bilbycast/testkit/load";
import { boundUdpPorts, descendantsOf, ffmpegConstantFile, isAlive, Stage, waitFor } from "@bilbycast/testkit/peers";

/** Datagrams of 1316 bytes a second at 100 Mbit/s. */
const RATE = 9_500;
/** The goal is one second; this bound is for a machine that is busy with other things too. */
const STOP_MS = 5_000;

const ways: { name: string; signal: "SIGINT" | "SIGTERM"; reaches: "launcher" | "both" }[] = [
  { name: "a SIGINT to the launcher", signal: "SIGINT", reaches: "launcher" },
  { name: "a SIGTERM to the launcher", signal: "SIGTERM", reaches: "launcher" },
  { name: "Ctrl-C, which a terminal sends to launcher and edge,", signal: "SIGINT", reaches: "both" },
];

for (const { name, signal, reaches } of ways) {
  test(`${name} ends an edge that carries 100 Mbit/s, and leaves no process and no socket`, async (t) => {
    const stage = new Stage(t);
    await ffmpegConstantFile(stage.path("sample.ts"), 2);
    const player = await stage.sink();
    const load = await Load.open({ seed: 3, rate: RATE, trains: false, rtp: false, sinks: [0, 0] });
    t.after(() => load.close());
    const udpTo = (port: number | undefined): Record<string, unknown> => ({ type: "udp", dest_addr: `127.0.0.1:${port}` });
    const edge = await stage.edge([
      { id: "load", input: { type: "udp", bind_addr: "127.0.0.1:0" }, outputs: load.ports.map(udpTo) },
      { id: "rtp", input: { type: "rtp", bind_addr: "127.0.0.1:0" }, outputs: [] },
      { id: "player", input: { type: "media_player", sources: [{ kind: "ts", name: "sample.ts" }] }, outputs: [udpTo(player.port)] },
    ]);
    const ports = [await edge.port("load"), await edge.port("rtp")];
    await load.aim([`127.0.0.1:${ports[0]}`]);
    const sending = load.send(3);
    await waitFor("traffic", async () => Number((await edge.stats("load")).outputs[1]?.["packets_sent"]) > RATE && player.size > 0);
    const processes = descendantsOf(edge.launcher.pid);
    assert.ok(processes.length > 0);
    assert.deepEqual(boundUdpPorts(ports), ports);

    const asked = performance.now();
    for (const pid of reaches === "both" ? [edge.launcher.pid, ...processes] : [edge.launcher.pid]) {
      process.kill(pid, signal);
    }
    const code = await edge.launcher.exited;
    const took = performance.now() - asked;
    const left = [processes.filter(isAlive), boundUdpPorts(ports)];
    await sending;

    t.diagnostic(`gone after ${took.toFixed(0)} ms`);
    assert.equal(code, 0, edge.launcher.output());
    assert.deepEqual(left, [[], []]);
    assert.ok(took < STOP_MS, `${took} ms`);
    const sinks = await load.settle();
    assert.deepEqual(
      sinks.map(({ foreign, reordered }) => [foreign, reordered]),
      [
        [0, 0],
        [0, 0],
      ],
    );
  });
}
