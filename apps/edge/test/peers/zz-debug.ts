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
process.stderr.write("step 12\n");
command("ip link set lo up");
const near = await Neighbour.join("wire", "10.77.0.1/24", "10.77.0.2/24");
process.stderr.write("step 14\n");
const behind = await Neighbour.join("slow", "10.78.0.1/24", "10.78.0.2/24");
process.stderr.write("step 15\n");
// What waits for the slow link holds the room of its socket while it waits.
command("tc qdisc add dev slow root tbf rate 60mbit burst 20kb limit 64mb");
const plan = { seed: SEED, rate: 19_000, trains: false, rtp: false, listen: "0.0.0.0:0" };
process.stderr.write("step 18\n");
const load = await FarLoad.open((program, args) => near.start(program, args), { ...plan, sinks: [0, 0, 0] });
process.stderr.write("step 19\n");
const slow = await FarLoad.open((program, args) => behind.start(program, args), { ...plan, sinks: [0] });
process.stderr.write("step 20\n");
const engine = await startEngine();
process.stderr.write("step 21\n");
const targets = [...load.ports.map((port) => `10.77.0.2:${port}`), ...slow.ports.map((port) => `10.78.0.2:${port}`)];
process.stderr.write("step 22\n");
const outputs = targets.map((dest_addr, i) => ({ id: `out-${i}`, kind: "udp", config: { dest_addr, dscp: 46, trains: i > 0 } }));
process.stderr.write("step 23\n");
await engine.apply([flow("f", [udpInput("in", "10.77.0.1:5000")], outputs, { bus: { bytes: 2 ** 19, packets: 256 }, queue: 256 })]);
process.stderr.write("step 24\n");
await load.aim(["10.77.0.1:5000"]);
process.stderr.write("step 25\n");

const ready = Promise.withResolvers<void>();
process.stderr.write("step 27\n");
const report = Promise.withResolvers<Record<string, number>>();
process.stderr.write("step 28\n");
const reader = new Thread(
  new URL("../namespace/sleepy-reader.ts", import.meta.url),
  { ...(await engine.tap("f")), seed: SEED },
  {
    name: "reader",
    onMessage: (message: any) => (process.stderr.write("msg "+JSON.stringify(message)+"\n"), message === "ready" ? ready.resolve() : report.resolve(message)),
    onExit: (e: any) => { process.stderr.write("reader exit "+String(e)+"\n"); },
  },
);
await ready.promise;
process.stderr.write("step 38\n");

const sending = load.send(4);
process.stderr.write("step 40\n");
await sleep(500);
process.stderr.write("step 41\n");
reader.post("sleep");
process.stderr.write("step 42\n");
await sleep(1_500);
process.stderr.write("step 43\n");
spawn("sh", ["-c", `kill -STOP ${process.pid}; sleep 1; kill -CONT ${process.pid}`], { stdio: "ignore" });
process.stderr.write("step 44\n");
const [sent = 0] = await sending;
process.stderr.write("step 45\n");
const sinks = [...(await load.settle()), ...(await slow.settle())];
process.stderr.write("step 46\n");
reader.post("end");
process.stderr.write("step 47\n");
const session = await report.promise;
process.stderr.write("step 48\n");
const [snapshot] = engine.snapshot().flows;
process.stderr.write("step 49\n");
await engine.stop();
process.stderr.write("step 50\n");
load.close();
process.stderr.write("step 51\n");
slow.close();
process.stderr.write("step 52\n");
near.leave();
process.stderr.write("step 53\n");
behind.leave();
process.stderr.write("step 54\n");
const result = {
  sent,
  published: snapshot?.inputs[0]?.counters["unitsPublished"],
  sinks,
  session,
  outputs: snapshot?.outputs.map(({ counters }) => counters),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
