import { check } from "@bilbycast/foundation/check";
import type { LinkProperties } from "@bilbycast/testkit/network";
import { LongHaul, type Haul } from "./long-haul.ts";

/** Packets in a millisecond: 42 Mbit/s, if they were as long as they usually are. */
const PER_TICK = 4;

/** A path, and how much of what it carries may be missing in the end. */
export type LossCase = {
  name: string;
  /** Milliseconds; the latency is four of them. */
  rttMs: number;
  path: Partial<LinkProperties>;
  /** Lost packets in all packets. */
  limit: number;
  /** Of the packets that a run is given. */
  share: number;
};

const RTTS = [20, 50, 150] as const;

/** What is lost by chance, packet by packet. */
export const RANDOM_LOSS: readonly LossCase[] = RTTS.flatMap((rttMs) => [
  { name: `1 % lost, ${rttMs} ms round trip`, rttMs, path: { loss: 0.01 }, limit: 1e-7, share: 1 },
  { name: `5 % lost, ${rttMs} ms round trip`, rttMs, path: { loss: 0.05 }, limit: 1e-5, share: 1 },
]);

/** A tenth of a round trip of jitter, and one packet in five hundred that overtakes all others. */
const disorder = (rttMs: number): Partial<LinkProperties> => ({ jitter: 100 * rttMs, duplication: 0.01, reorder: 0.002 });

export const DISORDERED_LOSS: readonly LossCase[] = RTTS.flatMap((rttMs) => [
  { name: `1 % lost in disorder, ${rttMs} ms round trip`, rttMs, path: { loss: 0.01, ...disorder(rttMs) }, limit: 1e-7, share: 0.2 },
  { name: `5 % lost in disorder, ${rttMs} ms round trip`, rttMs, path: { loss: 0.05, ...disorder(rttMs) }, limit: 1e-5, share: 0.2 },
]);

/**
 * Bursts of 5.5 datagrams that are lost whole, on both ways. Few datagrams go back, so that one burst there is a silence of many
 * milliseconds, which a short round trip leaves little time for: that is what is lost.
 */
const BURSTS: readonly [percent: number, begin: number, limits: readonly [number, number, number]][] = [
  [1, 0.0018, [2e-4, 2e-5, 1e-5]],
  [5, 0.0096, [3e-3, 3e-4, 5e-5]],
  [10, 0.02, [4e-3, 8e-4, 6e-4]],
];

export const BURST_LOSS: readonly LossCase[] = BURSTS.flatMap(([percent, begin, limits]) =>
  RTTS.map((rttMs, i) => ({
    name: `${percent} % lost in bursts, ${rttMs} ms round trip`,
    rttMs,
    path: { bursts: { begin, end: 0.18, lossInside: 1 } },
    limit: limits[i] ?? 0,
    share: 0.2,
  })),
);

/** What becomes of so many packets on that path, and how many of them may be missing. */
export const carryOver = (each: LossCase, seed: number, packets: number): { haul: Haul; most: number; sentAgain: number } => {
  const { rttMs, path, limit, share } = each;
  const jitter = path.jitter ?? 0;
  const long = new LongHaul({
    seed,
    delay: rttMs * 500,
    latencyMs: 4 * rttMs,
    path,
    perTick: PER_TICK,
    // What the clock takes for drift is jitter, too.
    slack: 2_000 + 2 * jitter,
  });
  long.connect();
  long.carry(Math.ceil((packets * share) / PER_TICK) * PER_TICK);
  long.settle();
  check(long.sender.events.length === 1, "the connection stands to the end");
  const { haul } = long;
  return { haul, most: Math.floor(limit * haul.packets), sentAgain: long.sender.meters.retransmitsSent.value / haul.packets };
};
