import { TsUnits } from "@bilbycast/protocols/mpegts";
import { integer } from "@bilbycast/testkit/random";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { tallies } from "@bilbycast/testkit/tally";
import type { Subject } from "./subject.ts";

/** Bytes that may wait: an incomplete unit, and what is too short to find the grid in. */
const MOST_WAITING = 4_096;
/** Longest header and padding that RTP can have around a datagram of 9000 bytes. */
const MOST_STRIPPED = 9_000;

/** The receiver of the `udp` input. It regroups, so bytes are set against bytes. */
export const tsSubject = (): Subject => ({
  name: "TsUnits",
  longest: 9_000,
  valid: (random) => {
    const stream = tsUnit(7, 42);
    const stray = rtpPacket(1);
    let at = 0;
    return () => {
      const kind = integer(random, 10);
      if (kind === 0) {
        return stray;
      }
      const length = kind === 1 ? 1 + integer(random, 1_500) : 188 * (1 + integer(random, kind === 2 ? 20 : 7));
      at = at + length > stream.length ? 0 : at;
      const start = kind === 1 ? at : 0;
      at = kind === 1 ? at + length : at;
      return stream.subarray(start, start + length);
    };
  },
  open: (memory) => {
    const counts = tallies("notTs", "resyncs", "rtpStripped", "regrouped", "overflowed");
    const machine = new TsUnits(memory, counts);
    return {
      machine,
      imbalance: ({ bytes, unitBytes }) => {
        const rest = bytes - unitBytes - counts.notTs.value;
        const most = MOST_WAITING + counts.rtpStripped.value * MOST_STRIPPED + counts.overflowed.value * 9_000;
        return rest >= 0 && rest <= most ? undefined : `${bytes} bytes came, ${unitBytes} left, ${counts.notTs.value} were skipped`;
      },
    };
  },
});
