import { AUTH_DEADLINE_MS, HEALTH_INTERVAL_MS, PING_INTERVAL_MS, STATS_INTERVAL_MS } from "@bilbycast/contracts/node-link";

/** Milliseconds. Tests take their own. */
export type LinkTiming = {
  authDeadline: number;
  stats: number;
  health: number;
  ping: number;
  /** Without a word for so long the connection counts as broken. */
  silence: number;
  /** A connection that held so long was good: waits begin from the first again. */
  settle: number;
};

export const LINK_TIMING: LinkTiming = {
  authDeadline: AUTH_DEADLINE_MS,
  stats: STATS_INTERVAL_MS,
  health: HEALTH_INTERVAL_MS,
  ping: PING_INTERVAL_MS,
  silence: 3 * PING_INTERVAL_MS,
  settle: 30_000,
};
