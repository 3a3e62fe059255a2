import { setTimeout as sleep } from "node:timers/promises";
import type { EngineEvent, FlowSpec } from "@bilbycast/engine/flow";
import { FarLoad } from "@bilbycast/testkit/load";
import { command, Neighbour } from "@bilbycast/testkit/namespace";
import { flow, startEngine, udpInput } from "../engine-under-load.ts";

/**
 * 20 Mbit/s as an input's maximum, sent 30; and as the bandwidth limit of two flows, sent 1 % more and 1 % less, until the first is
 * blocked; then it is sent less and comes back.
 */
const LIMIT = 20e6;
const UNIT = 1_316;
const at = (bitrate: number): number => Math.round(bitrate / 8 / UNIT);
command("ip link set lo up");
const near = await Neighbour.join("wire", "10.77.0.1/24", "10.77.0.2/24");
const open = (rate: number): Promise<FarLoad> =>
  FarLoad.open((program, args) => near.start(program, args), { seed: 5, rate, trains: false, rtp: false, sinks: [] });

const events: EngineEvent[] = [];
const engine = await startEngine({ onEvent: (event) => void events.push(event) });
const bandwidth: NonNullable<FlowSpec["bandwidth"]> = { maxBitrate: LIMIT, action: "block", graceUs: 2e6 };
const limited = {
  ...udpInput("limited", "10.77.0.1:5000"),
  config: { bind_addr: "10.77.0.1:5000", ingress_delay_ms: 0, max_bitrate_mbps: LIMIT / 1e6 },
};
await engine.apply([
  flow("limited", [limited], []),
  { ...flow("over", [udpInput("over-in", "10.77.0.1:5001")], []), bandwidth },
  { ...flow("under", [udpInput("under-in", "10.77.0.1:5002")], []), bandwidth },
]);
const [fast, over, under] = [await open(at(1.5 * LIMIT)), await open(at(1.01 * LIMIT)), await open(at(0.99 * LIMIT))];
await fast.aim(["10.77.0.1:5000"]);
await over.aim(["10.77.0.1:5001"]);
await under.aim(["10.77.0.1:5002"]);

const counters = (id: string): Readonly<Record<string, number>> =>
  engine.snapshot().flows.find((one) => one.id === id)?.inputs[0]?.counters ?? {};
const states = (): unknown[] => engine.snapshot().flows.map(({ bandwidth: state }) => state ?? "none");
const read = () => {
  const { unitsPublished = 0, lastReceivedUs = 0, packetsFiltered = 0 } = counters("limited");
  return { unitsPublished, lastReceivedUs, packetsFiltered };
};

const sending = Promise.all([fast.send(8), over.send(8), under.send(8)]);
/** Bit rates that the limited input let in, each over a second of the lane's own clock. */
const admitted: number[] = [];
await sleep(1_500);
for (let before = read(); admitted.length < 5;) {
  await sleep(1_000);
  const now = read();
  admitted.push(((now.unitsPublished - before.unitsPublished) * UNIT * 8e6) / (now.lastReceivedUs - before.lastReceivedUs));
  before = now;
}
const statesUnderLoad = states();
await sending;
const blocked = { ...counters("over") };
const passed = { ...counters("under") };
const slow = await open(at(0.5 * LIMIT));
await slow.aim(["10.77.0.1:5001"]);
await slow.send(5);
const recovered = { ...counters("over") };
const statesAtEnd = states();
await engine.stop();
for (const load of [fast, over, under, slow]) {
  load.close();
}
near.leave();
process.stdout.write(
  `${JSON.stringify({ limit: LIMIT, admitted, filtered: read().packetsFiltered, statesUnderLoad, statesAtEnd, blocked, passed, recovered, events: events.filter(({ category }) => category === "bandwidth") })}\n`,
);
