import { Fault } from "@bilbycast/foundation/fault";
import type { Microseconds } from "@bilbycast/foundation/time";
import type { Bus } from "./bus.ts";

/** Bits per second that a delayed output must bear where the flow has no bandwidth limit that says how much comes. */
const EXPECTED_RATE = 20e6;

/** Bytes of a unit of 7 TS packets, the most usual one. */
const UNIT = 1_316;

/** Part of the bus that may be full of packets that wait: the rest is for bursts and for a pass that is late. */
const USABLE = 0.75;

/**
 * Refuses an output whose packets the bus cannot hold for so long. `rate`: bits per second that the flow is bound to.
 * Throws the Fault `delay_exceeds_bus`.
 */
export const checkHold = (bus: Bus, hold: Microseconds, rate: number | undefined): void => {
  const bytes = Math.ceil((hold * (rate ?? EXPECTED_RATE)) / 8e6 / USABLE);
  const packets = Math.ceil(bytes / UNIT);
  const has = { bytes: bus.layout.size, packets: bus.mask + 1 };
  if (bytes <= has.bytes && packets <= has.packets) {
    return;
  }
  throw new Fault(
    "delay_exceeds_bus",
    `A delay of ${hold / 1_000} ms at ${(rate ?? EXPECTED_RATE) / 1e6} Mbit/s needs a bus of ${bytes} bytes and ${packets} packets; this flow's has ${has.bytes} and ${has.packets}. Raise bus_bytes and bus_packets of the flow, or lower the delay.`,
    { details: { field: "delay", needed_bytes: bytes, needed_packets: packets, bus_bytes: has.bytes, bus_packets: has.packets } },
  );
};
