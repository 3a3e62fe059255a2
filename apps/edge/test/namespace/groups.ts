import { readFileSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import type { PartSpec } from "@bilbycast/engine/flow";
import { command, Neighbour } from "@bilbycast/testkit/namespace";
import { flow, startEngine } from "../engine-under-load.ts";

/**
 * Groups of both families over a wire, any-source and source-specific, each sent to by two senders; what the kernel has joined
 * before, while and after; and the wire cut and mended in between.
 */
const COUNT = 50;
command("ip link set lo up");
const near = await Neighbour.join("wire", "10.77.0.1/24", "10.77.0.2/24");
near.do("ip addr add 10.77.0.3/24 dev eth0");
command("ip addr add fd00:77::1/64 dev wire nodad");
near.do("ip addr add fd00:77::2/64 dev eth0 nodad");
near.do("ip addr add fd00:77::3/64 dev eth0 nodad");
const sender = fileURLToPath(new URL("./ts-sender.ts", import.meta.url));

type Target = { host: string; port: number };
const four: Target[] = [
  { host: "239.1.1.1", port: 5_000 },
  { host: "232.1.1.1", port: 5_001 },
];
const six: Target[] = [
  { host: "ff1e::1:1", port: 5_002 },
  { host: "ff3e::8000:1", port: 5_003 },
];
const send = async (from: string, targets: Target[], by?: string): Promise<void> => {
  const order = JSON.stringify({ from, targets, count: COUNT, ...(by === undefined ? {} : { by }) });
  const child = near.start(process.execPath, [sender, order]);
  await once(child, "exit");
};

const input = (id: string, bind_addr: string, rest: Record<string, unknown>): PartSpec => ({
  id,
  kind: "udp",
  config: { bind_addr, ingress_delay_ms: 0, ...rest },
});
const inputs = [
  input("any4", "239.1.1.1:5000", { interface_addr: "10.77.0.1" }),
  input("ssm4", "232.1.1.1:5001", { interface_addr: "10.77.0.1", source_addr: "10.77.0.2" }),
  input("any6", "[ff1e::1:1]:5002", { interface_addr: "fd00:77::1" }),
  input("ssm6", "[ff3e::8000:1]:5003", { interface_addr: "fd00:77::1", source_addr: "fd00:77::2" }),
];
const flows = inputs.map((one) => flow(one.id, [one], []));
const joined = (): Record<string, string> =>
  Object.fromEntries(["igmp", "mcfilter", "igmp6", "mcfilter6"].map((name) => [name, readFileSync(`/proc/self/net/${name}`, "utf8")]));

const engine = await startEngine({ backend: (process.env["BACKEND"] ?? "auto") as "auto" });
const counts = (): Record<string, number> =>
  Object.fromEntries(engine.snapshot().flows.map(({ id, inputs: [one] }) => [id, one?.counters["packetsReceived"] ?? 0]));
const round = async (): Promise<Record<string, number>> => {
  const before = counts();
  await send("10.77.0.2", four);
  await send("10.77.0.3", four);
  await send("fd00:77::2", six, "::%eth0");
  await send("fd00:77::3", six, "::%eth0");
  await sleep(300);
  return Object.fromEntries(Object.entries(counts()).map(([id, count]) => [id, count - (before[id] ?? 0)]));
};

const before = joined();
await engine.apply(flows);
const during = joined();
const first = await round();
near.do("ip link set eth0 down");
await send("10.77.0.2", four);
near.do("ip link set eth0 up");
near.do("ip addr replace fd00:77::2/64 dev eth0 nodad");
near.do("ip addr replace fd00:77::3/64 dev eth0 nodad");
await sleep(500);
const mended = await round();
await engine.apply([]);
// The runtime's own sockets close a moment after they are told to.
await sleep(200);
const afterwards = joined();
await engine.stop();
near.leave();
process.stdout.write(`${JSON.stringify({ count: COUNT, before, during, afterwards, first, mended })}\n`);
