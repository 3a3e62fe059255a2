import { instant, milliseconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";

/** Sockets ask to be woken on whole steps only: what is due within one, on all sockets of a lane, costs one wake. */
export const STEP = milliseconds(1);

/**
 * How long a busy lane may let datagrams and deliveries wait: little beside the latency, and it halves the wakes. What a loss depends on keeps
 * the shorter step.
 */
export const PATIENCE = 2 * STEP;

/** The first multiple of `step` at or behind an instant; NEVER stays. */
export const nextStep = (at: Instant, step: Microseconds = STEP): Instant => instant(Math.ceil(at / step) * step);
