import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isMulticast } from "@bilbycast/foundation/address";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";

/** Sends datagrams of TS from one address of its host to each target in turn, in no hurry, and ends. `by`: the interface in the runtime's words. */
type Order = { from: string; by?: string; targets: { host: string; port: number }[]; count: number; rtp?: boolean };

const { from, by, targets, count, rtp = false } = JSON.parse(process.argv[2] ?? "{}") as Order;
const socket = createSocket(from.includes(":") ? "udp6" : "udp4");
socket.bind(0, from);
await once(socket, "listening");
if (targets.some(({ host }) => isMulticast(host))) {
  socket.setMulticastInterface(by ?? from);
  socket.setMulticastTTL(4);
}
for (let n = 0; n < count; n++) {
  for (const { host, port } of targets) {
    await new Promise<void>((resolve) => {
      // A link that is cut refuses some; they count as sent.
      socket.send(rtp ? rtpPacket(n) : tsUnit(n), port, host, () => resolve());
    });
  }
}
socket.close();
