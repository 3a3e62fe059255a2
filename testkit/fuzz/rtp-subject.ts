import { setU16, setU32 } from "@bilbycast/foundation/bytes";
import type { Microseconds } from "@bilbycast/foundation/time";
import { RtpReceiver } from "@bilbycast/protocols/rtp";
import { chance, integer, type Random } from "@bilbycast/testkit/random";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { receiverCounters } from "@bilbycast/testkit/tally";
import type { Subject, Totals } from "./subject.ts";

/** Up to here a datagram is one unit at most, so datagrams and units can be set against each other. */
const ETHERNET = 1_500;
const JUMBO = 9_000;

/** The receiver of the `rtp` input, with a reorder window. `jumbo`: payloads of several units too. */
export const rtpSubject = (window: Microseconds, jumbo = false): Subject => ({
  name: `RtpReceiver, ${window} us${jumbo ? ", jumbo frames" : ""}`,
  longest: jumbo ? JUMBO : ETHERNET,
  valid: (random) => rtpSource(random, jumbo ? 40 : 7),
  open: (memory) => {
    const counters = receiverCounters();
    const machine = new RtpReceiver(memory, window, counters);
    const imbalance = ({ datagrams, units }: Totals): string | undefined => {
      const dropped =
        counters.packetsMalformed.value +
        counters.packetsFiltered.value +
        counters.packetsDuplicated.value +
        counters.packetsOverflowed.value +
        (window === 0 ? 0 : counters.packetsLate.value);
      const passed = datagrams - dropped - machine.waiting;
      const adds = jumbo ? units >= passed && passed >= 0 : units === passed;
      return adds ? undefined : `${datagrams} datagrams came, ${dropped} were dropped, ${machine.waiting} wait, ${units} units left`;
    };
    return { machine, imbalance };
  },
});

/** RTP with what networks do to it: repeats, swaps, gaps, jumps, restarts. */
export const rtpSource = (random: Random, mostPackets: number): (() => Uint8Array) => {
  const templates = Array.from({ length: 16 }, (_, i) =>
    rtpPacket(0, {
      csrcs: i % 4 === 3 ? i : 0,
      ...(i % 5 === 4 ? { extension: i } : {}),
      padding: i % 6 === 5 ? i : 0,
      payload: tsUnit(i, i < 10 ? Math.min(7, mostPackets) : 1 + integer(random, mostPackets)),
    }),
  ).filter((packet) => packet.length <= (mostPackets > 7 ? JUMBO : ETHERNET));
  let number = integer(random, 65_536);
  let source = 1;
  return () => {
    const packet = templates[integer(random, templates.length)] ?? new Uint8Array(12);
    number += chance(random, 0.05) ? integer(random, 20) - 8 : 1;
    number = chance(random, 0.002) ? integer(random, 65_536) : number;
    source = chance(random, 0.001) ? integer(random, 4) : source;
    setU16(packet, 2, number);
    setU32(packet, 4, number * 900);
    setU32(packet, 8, source);
    return packet;
  };
};
