import type { MediaMachine, Memory } from "@bilbycast/foundation/packets";
import type { Random } from "@bilbycast/testkit/random";

/** What went through a machine since it was opened. */
export type Totals = { datagrams: number; bytes: number; units: number; unitBytes: number };

/** A machine under fuzz. */
export type Trial = {
  machine: MediaMachine;
  /** What does not add up, if anything: all that came in must have come out, be counted as dropped, or wait. */
  imbalance(totals: Totals): string | undefined;
};

/** A parser of datagrams as the fuzzer sees it. */
export type Subject = {
  name: string;
  /** Bytes of the longest datagram that it is given. */
  longest: number;
  /** An endless source of valid datagrams. */
  valid(random: Random): () => Uint8Array;
  open(memory: Memory): Trial;
};
