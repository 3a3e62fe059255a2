import type { MediaMachine, Memory, Tally } from "@bilbycast/foundation/packets";
import type { Microseconds } from "@bilbycast/foundation/time";
import { IngressDelay } from "./ingress-delay.ts";
import { IngressFilter, type IngressCounters, type IngressRules } from "./ingress-filter.ts";

export type IngressOptions = IngressRules & { delay: Microseconds };

/** Bits per second that a delay has room for where no rate is given. */
const DELAYED_BITRATE = 100e6;

/** A machine between the filters in front of it and the delay behind it; those that are not asked for are not there. */
export const ingress = (
  memory: Memory,
  options: IngressOptions,
  counters: IngressCounters & { readonly delayOverflowed: Tally },
  machine: MediaMachine,
): MediaMachine => {
  const { sources, payloadTypes, bitrate, delay } = options;
  const isOpen = sources === undefined && payloadTypes === undefined && bitrate === undefined;
  const filtered = isOpen ? machine : new IngressFilter(memory, options, counters, machine);
  return delay > 0
    ? new IngressDelay(memory, { delay, bitrate: bitrate ?? DELAYED_BITRATE }, counters.delayOverflowed, filtered)
    : filtered;
};
