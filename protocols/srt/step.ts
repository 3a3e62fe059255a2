import { instant, milliseconds, type Instant } from "@bilbycast/foundation/time";

/**
 * Sockets ask to be woken on whole steps only: all that is due within one, on all sockets of a lane, costs one wake. What is delivered is late
 * by as much at most.
 */
export const STEP = milliseconds(2);

/** The first step at or behind an instant; NEVER stays. */
export const nextStep = (at: Instant): Instant => instant(Math.ceil(at / STEP) * STEP);
