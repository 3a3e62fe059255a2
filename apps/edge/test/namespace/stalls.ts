import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Thread } from "@bilbycast/engine/io";
import { FarLoad } from "@bilbycast/testkit/load";
import { command, Neighbour } from "@bilbycast/testkit/namespace";
import { flow, startEngine, udpInput } from "../engine-under-load.ts";

/**
 * 200 Mbit/s through a bus of 256 packets while everything that can fall behind does: an output behind a link of 60 Mbit/s,
 * a session that sleeps for a second, and the process with the lane stopped for a second while its source sends on.
 */
const SEED = 3;
command("ip link set lo up");
const near = await Neighbour.join("wire", "10.77.0.1/24", "10.77.0.2/24");
const behind = await Neighbour.join("slow", "10.78.0.1/24", "10.78.0.2/24");
// What waits for the slow link holds the room of its socket while it waits.
command("tc qdisc add dev slow root tbf rate 60mbit burst 20kb limit 64mb");
const plan = { seed: SEED, rate: 19_000, trains: false, rtp: false, listen: "0.0.0.0:0" };
const load = await FarLoad.open((program, args) => near.start(program, args), { ...plan, sinks: [0, 0, 0] });
const slow = await FarLoad.open((program, args) => behind.start(program, args), { ...plan, sinks: [0] });
const engine = await startEngine();
const targets = [...load.ports.map((port) => `10.77.0.2:${port}`), ...slow.ports.map((port) => `10.78.0.2:${port}`)];
const outputs = targets.map((dest_addr, i) => ({ id: `out-${i}`, kind: "udp", config: { dest_addr, dscp: 46, trains: i > 0 } }));
await engine.apply([flow("f", [udpInput("in", "10.77.0.1:5000")], outputs, { bus: { bytes: 2 ** 19, packets: 256 }, queue: 256 })]);
await load.aim(["10.77.0.1:5000"]);

const ready = Promise.withResolvers<void>();
const report = Promise.withResolvers<Record<string, number>>();
const reader = new Thread(
  new URL("./sleepy-reader.ts", import.meta.url),
  { ...(await engine.tap("f")), seed: SEED },
  {
    name: "reader",
    onMessage: (message: "ready" | Record<string, number>) => (message === "ready" ? ready.resolve() : report.resolve(message)),
    onExit: () => {},
  },
);
await ready.promise;

// The shaper of the slow link sends from wherever it is woken, and what comes from two processors may overtake itself on the way up.
command(`taskset -acp 0 ${process.pid}`);
const sending = load.send(4);
await sleep(500);
reader.post("sleep");
await sleep(1_500);
spawn("sh", ["-c", `kill -STOP ${process.pid}; sleep 1; kill -CONT ${process.pid}`], { stdio: "ignore" });
const [sent = 0] = await sending;
const sinks = [...(await load.settle()), ...(await slow.settle())];
reader.post("end");
const session = await report.promise;
const [snapshot] = engine.snapshot().flows;
await engine.stop();
load.close();
slow.close();
near.leave();
behind.leave();
const result = {
  sent,
  published: snapshot?.inputs[0]?.counters["unitsPublished"],
  sinks,
  session,
  outputs: snapshot?.outputs.map(({ counters }) => counters),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
