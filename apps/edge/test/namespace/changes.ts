import { setTimeout as sleep } from "node:timers/promises";
import { isFault } from "@bilbycast/foundation/fault";
import type { FlowSpec, PartSpec } from "@bilbycast/engine/flow";
import { Load } from "@bilbycast/testkit/load";
import { command, Neighbour } from "@bilbycast/testkit/namespace";
import { addressOf, flow, startEngine, udpInput, udpOutput } from "../engine-under-load.ts";

/**
 * 200 Mbit/s to three steady outputs while everything around them changes: outputs come, change and go, so do standby inputs and
 * other flows, requests are refused, and outputs lead to nobody, to nowhere, into a hole and into a link that throws away.
 */
command("ip link set lo up");
const neighbour = await Neighbour.join("wire", "10.77.0.1/24", "10.77.0.2/24");
command("ip route add 10.80.0.0/24 dev wire");
command("ip route add 10.81.0.0/24 dev wire");
command("ip neigh add 10.80.0.2 lladdr 02:00:00:00:00:01 dev wire");
command("ip neigh add 10.81.0.2 lladdr 02:00:00:00:00:01 dev wire");
const shaped = await Neighbour.join("narrow", "10.79.0.1/24", "10.79.0.2/24");
command("tc qdisc add dev narrow root tbf rate 1mbit burst 20kb limit 30kb");

const load = await Load.open({ seed: 4, rate: 19_000, trains: false, rtp: false, sinks: [0, 0, 0] });
const engine = await startEngine();
const steady = load.ports.map((port, i) => udpOutput(`steady-${i}`, port, i > 0));
const to = (id: string, dest_addr: string, trains = true): PartSpec => ({ id, kind: "udp", config: { dest_addr, dscp: 46, trains } });
const main = (outputs: PartSpec[], standby: PartSpec[] = []): FlowSpec => flow("f", [udpInput("in"), ...standby], [...steady, ...outputs]);
await engine.apply([main([])]);
await load.aim([addressOf(engine, "f", "in")]);

const refusals: { code: string; details: unknown }[] = [];
const refused = async (desired: FlowSpec[]): Promise<void> => {
  const before = JSON.stringify(shape());
  await engine.apply(desired).catch((error: unknown) => {
    if (!isFault(error)) {
      throw error;
    }
    refusals.push({ code: error.code, details: error.details });
  });
  if (JSON.stringify(shape()) !== before) {
    throw new Error(`a refused change left its traces: ${before} became ${JSON.stringify(shape())}`);
  }
};
const shape = (): unknown =>
  engine
    .snapshot()
    .flows.map(({ id, state, inputs, outputs }) => [
      id,
      state,
      [...inputs, ...outputs].map((part) => [part.id, part.state, part.localAddress]),
    ]);

const odd = [to("nobody", "127.0.0.1:9"), to("nowhere", "10.80.0.2:5000"), to("hole", "10.81.0.2:5000"), to("narrow", "10.79.0.2:5000")];
const sending = load.send(6);
await sleep(300);
await engine.apply([main(odd)]);
await sleep(300);
// Routes change under sockets that are open.
command("ip route replace unreachable 10.80.0.0/24");
command("ip route replace blackhole 10.81.0.0/24");
const taken = addressOf(engine, "f", "in");
for (let round = 0; round < 20; round++) {
  const spare = udpInput(`spare-${round}`);
  await engine.apply([
    main([...odd, to("guest", `127.0.0.1:${10_000 + round}`, round % 2 === 0)], [spare]),
    flow("other", [udpInput("other-in")], [to("other-out", "127.0.0.1:9")]),
  ]);
  await refused([
    main(
      [...odd, { id: "bad", kind: "udp", config: { dest_addr: "127.0.0.1:10", bind_addr: "10.99.0.1:0", dscp: 46, trains: true } }],
      [spare],
    ),
  ]);
  await refused([main(odd, [udpInput("clash", taken)]), flow("third", [udpInput("third-in")], [])]);
  await engine.apply([main([...odd, to("guest", `127.0.0.1:${11_000 + round}`)], [spare])]);
  await engine.apply([main(odd)]);
  await sleep(50);
}
const [sent] = await sending;
const sinks = await load.settle();
const [snapshot] = engine.snapshot().flows;
await engine.stop();
await load.close();
neighbour.leave();
shaped.leave();
process.stdout.write(
  `${JSON.stringify({ sent, sinks, refusals, outputs: snapshot?.outputs.map(({ id, counters }) => ({ id, ...counters })) })}\n`,
);
