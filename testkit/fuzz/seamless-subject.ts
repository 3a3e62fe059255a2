import type { MediaMachine } from "@bilbycast/foundation/packets";
import { RtpPath } from "@bilbycast/protocols/rtp";
import { SeamlessMerge, type SeamlessTimes } from "@bilbycast/protocols/seamless";
import { chance, integer, type Random } from "@bilbycast/testkit/random";
import { pathCounters, seamlessCounters } from "@bilbycast/testkit/tally";
import { rtpSource } from "./rtp-subject.ts";
import type { Subject, Totals } from "./subject.ts";

/** Packets that the other path may lag by. */
const LAG = 300;

/** Two paths that carry the same packets and their merge; each batch comes over one of them. */
export const seamlessSubject = (times: SeamlessTimes): Subject => ({
  name: `SeamlessMerge, ${times.differential} us differential, ${times.window} us window, ${times.delay} us delay`,
  longest: 1_500,
  valid: twice,
  open: (memory) => {
    const counters = seamlessCounters();
    const paths = [pathCounters(), pathCounters()] as const;
    const merge = new SeamlessMerge(memory, times, counters, paths);
    const machine = new BothPaths(new RtpPath(memory, 0, merge, counters), new RtpPath(memory, 1, merge, counters));
    const imbalance = ({ datagrams, units }: Totals): string | undefined => {
      const dropped =
        counters.packetsMalformed.value +
        counters.packetsFiltered.value +
        counters.packetsDuplicated.value +
        counters.packetsOverflowed.value +
        counters.packetsLate.value +
        paths[0].packetsDuplicate.value +
        paths[1].packetsDuplicate.value;
      const passed = datagrams - dropped - merge.waiting;
      return units === passed
        ? undefined
        : `${datagrams} datagrams came, ${dropped} were dropped, ${merge.waiting} wait, ${units} units left`;
    };
    return { machine, imbalance };
  },
});

/** As many batches over the one path as over the other. */
class BothPaths implements MediaMachine {
  readonly #paths: readonly [MediaMachine, MediaMachine];
  #turn = 0;

  constructor(first: MediaMachine, second: MediaMachine) {
    this.#paths = [first, second];
  }

  get deadline(): MediaMachine["deadline"] {
    return this.#paths[0].deadline;
  }

  receive(...call: Parameters<MediaMachine["receive"]>): void {
    this.#turn++;
    this.#paths[this.#turn % 2 === 0 ? 0 : 1].receive(...call);
  }

  expire(...call: Parameters<MediaMachine["expire"]>): void {
    this.#paths[0].expire(...call);
  }

  close(): void {
    this.#paths[0].close();
    this.#paths[1].close();
  }
}

/** A source whose packets come again, later. */
const twice = (random: Random): (() => Uint8Array) => {
  const next = rtpSource(random, 7);
  const past: Uint8Array[] = [];
  return () => {
    const old = past[integer(random, LAG)];
    if (old !== undefined && chance(random, 0.5)) {
      return old;
    }
    const packet = next().slice();
    past.unshift(packet);
    past.length = Math.min(past.length, LAG);
    return packet;
  };
};
