import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { splitAddress } from "@bilbycast/foundation/address";
import { tsUnit } from "@bilbycast/testkit/streams";
import { addressOf, flow, startEngine, udpInput } from "../engine-under-load.ts";

/** An edge on the far host that sends one stream over two wires. It ends when its input does; then it prints how many packets it sent. */
const [red = "", blue = ""] = process.argv.slice(2);
const engine = await startEngine();
const output = { id: "out", kind: "rtp", config: { dest_addr: red, dscp: 46, trains: false, redundancy: { dest_addr: blue } } };
await engine.apply([flow("far", [udpInput("in")], [output])]);
const to = splitAddress(addressOf(engine, "far", "in"));

const socket = createSocket("udp4");
let over = false;
process.stdin.on("end", () => (over = true)).resume();
const began = performance.now();
let sent = 0;
while (!over) {
  // A thousand a second, by whatever the timer is late.
  for (const due = performance.now() - began; sent < due; sent++) {
    socket.send(tsUnit(sent), to?.port ?? 0, to?.host);
  }
  await sleep(1);
}
await sleep(500);
socket.close();
await engine.stop();
console.log(sent);
