import type { InputConfig, OutputConfig } from "@bilbycast/engine/transport";
import { milliseconds, type Microseconds } from "@bilbycast/foundation/time";
import type { declaration } from "./declaration.ts";

type Config = InputConfig<typeof declaration> | OutputConfig<typeof declaration>;

/** What the second leg does not say it does not have, and not that of the first. */
const UNSAID = {
  local_addr: undefined,
  remote_addr: undefined,
  recv_latency_ms: undefined,
  peer_latency_ms: undefined,
  passphrase: undefined,
  crypto_mode: undefined,
};

/** The second leg as a configuration of its own; it is sent as RTP like the first. `undefined` without one. */
export const secondLegOf = <C extends Config>(config: C): C | undefined =>
  config.redundancy === undefined ? undefined : { ...config, ...UNSAID, ...config.redundancy };

/** Beyond what the latencies of two legs differ by, so much the paths themselves may. */
const PATHS_MS = 100;
const MOST_MS = 2_000;

/** The longest difference of the legs that is made up for. */
export const differentialOf = (first: InputConfig<typeof declaration>, second: InputConfig<typeof declaration>): Microseconds => {
  const latency = (leg: typeof first): number => leg.recv_latency_ms ?? leg.latency_ms;
  const wanted = Math.abs(latency(first) - latency(second)) + PATHS_MS;
  return milliseconds(first.redundancy?.path_differential_ms ?? Math.min(MOST_MS, wanted));
};

/** The sockets of a part, closed together. */
export const closingAll = (legs: readonly { close(): void }[]): { close(): void } => ({
  close: () => {
    for (const leg of legs) {
      leg.close();
    }
  },
});
