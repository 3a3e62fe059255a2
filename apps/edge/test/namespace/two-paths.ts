import { createSocket } from "node:dgram";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { command, Neighbour } from "@bilbycast/testkit/namespace";
import { FlowWatch } from "../../src/event-watch.ts";
import { Sampler } from "../../src/sampler.ts";
import { flow, startEngine, udpOutput } from "../engine-under-load.ts";

/**
 * Edge to edge over two wires, each cut and mended while the stream runs, and delayed against each other; what comes out is compared
 * byte by byte with what went in.
 */
const SETTLE = 1_500;
const CUT = 2_500;

command("ip link set lo up");
const near = await Neighbour.join("red", "10.71.0.1/24", "10.71.0.2/24");
near.do(`ip link add eth1 type veth peer name blue netns ${process.pid}`);
command("ip addr add 10.72.0.1/24 dev blue");
command("ip link set blue up");
near.do("ip addr add 10.72.0.2/24 dev eth1");
near.do("ip link set eth1 up");

const sink = createSocket({ type: "udp4", recvBufferSize: 4 * 2 ** 20 });
sink.bind(0, "127.0.0.1");
await once(sink, "listening");
let arrived = 0;
let wrong = 0;
sink.on("message", (datagram) => {
  wrong += markOf(datagram) === arrived && datagram.equals(tsUnit(arrived)) ? 0 : 1;
  arrived = markOf(datagram) + 1;
});

const engine = await startEngine();
const config = {
  bind_addr: "10.71.0.1:5000",
  reorder_window_ms: 10,
  ingress_delay_ms: 0,
  redundancy: { bind_addr: "10.72.0.1:5000", path_differential_ms: 100 },
};
await engine.apply([flow("near", [{ id: "in", kind: "rtp", config }], [udpOutput("out", sink.address().port)])]);
const sampler = new Sampler();
const watch = new FlowWatch();
const told: string[] = [];
const timer = setInterval(() => {
  for (const { code, severity, details } of watch.take(sampler.take(engine.snapshot(), performance.now()))) {
    told.push(`${code} ${severity} ${JSON.stringify(details?.["leg"]) ?? ""}`.trim());
  }
}, 1_000);

const far = near.start(process.execPath, [
  fileURLToPath(new URL("./two-paths-sender.ts", import.meta.url)),
  "10.71.0.1:5000",
  "10.72.0.1:5000",
]);
const output = text(far.stdout ?? process.stdin);
while (arrived === 0) {
  await sleep(50);
}
for (const wire of ["red", "blue"]) {
  await sleep(SETTLE);
  command(`ip link set ${wire} down`);
  await sleep(CUT);
  command(`ip link set ${wire} up`);
}
await sleep(SETTLE);
far.stdin?.end();
const sent = Number(await output);
await sleep(500);
clearInterval(timer);
const counters = engine.snapshot().flows[0]?.inputs[0]?.counters;
await engine.stop();
sink.close();
near.leave();
console.log(JSON.stringify({ sent, arrived, wrong, counters, told }));
process.exit(0);
