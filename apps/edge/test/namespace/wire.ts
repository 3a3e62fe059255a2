import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isFault } from "@bilbycast/foundation/fault";
import type { EngineEvent, PartSpec } from "@bilbycast/engine/flow";
import { command, Neighbour } from "@bilbycast/testkit/namespace";
import { tsUnit } from "@bilbycast/testkit/streams";
import { addressOf, flow, startEngine, udpInput } from "../engine-under-load.ts";

/** What outputs put on a wire, as tcpdump sees it at the other end; the wire cut and mended; and sockets bound to an interface. */
command("ip link set lo up");
const near = await Neighbour.join("wire", "10.77.0.1/24", "10.77.0.2/24");
command("ip addr add 10.77.0.9/24 dev wire");
const addIpv6 = (): void => {
  command("ip addr replace fd00:77::1/64 dev wire nodad");
  near.do("ip addr replace fd00:77::2/64 dev eth0 nodad");
  near.do("ip addr replace fe80::2/64 dev eth0 nodad");
};
addIpv6();

const dump = near.start("tcpdump", ["-i", "eth0", "-n", "-v", "-l", "udp"]);
let seen = "";
dump.stdout?.setEncoding("utf8").on("data", (text: string) => void (seen += text));

const output = (kind: "udp" | "rtp", id: string, dest_addr: string, rest: Record<string, unknown>): PartSpec => ({
  id,
  kind,
  config: { dest_addr, dscp: 46, trains: false, ...rest },
});
const outputs = [
  output("udp", "group4", "239.2.2.2:6000", { interface_addr: "10.77.0.1", ttl: 9 }),
  output("rtp", "group6", "[ff1e::2:2]:6001", { interface_addr: "fd00:77::1", dscp: 34 }),
  output("rtp", "host4", "10.77.0.2:6002", { bind_addr: "10.77.0.1:6666", dscp: 10, ttl: 33 }),
  output("udp", "host6", "[fd00:77::2]:6003", { dscp: 0 }),
  output("udp", "from", "10.77.0.2:6004", { interface_addr: "10.77.0.9" }),
  output("udp", "scoped", "[fe80::2%wire]:6005", {}),
  output("rtp", "bound", "10.77.0.2:6006", { interface_binding: { name: "wire", strict: true } }),
  output("udp", "elsewhere", "10.77.0.2:6007", { interface_binding: { name: "lo", strict: true } }),
  output("udp", "train", "10.77.0.2:6008", { trains: true }),
  output("rtp", "rtp-train", "10.77.0.2:6009", { trains: true }),
];
const events: EngineEvent[] = [];
const engine = await startEngine({ onEvent: (event) => void events.push(event) });
const listen = (id: string, kind: string, name: string, strict: boolean): PartSpec => ({
  id,
  kind,
  config: { bind_addr: "0.0.0.0:0", reorder_window_ms: 0, interface_binding: { name, strict } },
});
const flows = [
  flow("f", [udpInput("in")], outputs),
  flow("heard", [listen("heard-in", "udp", "wire", true)], []),
  flow("wished", [listen("wished-in", "rtp", "nosuch0", false)], []),
];
await engine.apply(flows);
const refusals: unknown[] = [];
for (const kind of ["udp", "rtp"]) {
  await engine.apply([...flows, flow("strict", [listen("strict-in", kind, "nosuch0", true)], [])]).catch((error: unknown) => {
    refusals.push(isFault(error) ? error.code : error);
  });
}

const local = createSocket("udp4");
const portOf = (address: string): number => Number(address.split(":").at(-1));
const feed = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) {
    local.send(tsUnit(n), portOf(addressOf(engine, "f", "in")), "127.0.0.1");
    await sleep(5);
  }
};
const heardPort = portOf(addressOf(engine, "heard", "heard-in"));
local.on("error", () => {}).send(tsUnit(0), heardPort, "127.0.0.1");
// A first packet to each host finds out where it is.
await feed(10);
await sleep(300);
const before = seen;

command("ip link set wire down");
await feed(10);
const cut = engine.snapshot().flows[0]?.outputs.map(({ id, counters }) => [id, counters["packetsRefused"]]);
command("ip link set wire up");
addIpv6();
await sleep(300);
seen = "";
await feed(20);
const speaker = near.start(process.execPath, [
  "-e",
  `const s = require("node:dgram").createSocket("udp4"); s.send(Buffer.alloc(188, 0x47), ${heardPort}, "10.77.0.1", () => s.close());`,
]);
await once(speaker, "exit");
await sleep(300);
const mended = seen;
// Datagrams that come all at once may leave as trains, which a virtual wire hands over uncut.
seen = "";
for (let n = 0; n < 400; n++) {
  local.send(tsUnit(n), portOf(addressOf(engine, "f", "in")), "127.0.0.1");
}
await sleep(500);
const burst = seen;
const heard = engine.snapshot().flows.find(({ id }) => id === "heard")?.inputs[0]?.counters["packetsReceived"];
dump.kill("SIGTERM");
await engine.stop();
local.close();
near.leave();
const lacking = events
  .filter(({ code }) => code === "backend_lacks")
  .map(({ inputId, details }) => ({ inputId, field: details?.["field"] }));
process.stdout.write(`${JSON.stringify({ before, mended, burst, cut, heard, lacking, refusals })}\n`);
