/** A point on the monotonic clock, in whole microseconds since an arbitrary start. Media clocks have types of their own. */
export type Instant = number & { readonly __instant: true };

/** A span of time in microseconds. */
export type Microseconds = number;

/** Later than every other instant: the deadline of a machine that waits for nothing. */
export const NEVER = Infinity as Instant;

/** Marks a count of microseconds as a point in time. Only a clock and a test do this. */
export const instant = (value: number): Instant => value as Instant;

/** The instant `span` microseconds after `start`. */
export const after = (start: Instant, span: Microseconds): Instant => (start + span) as Instant;

export const microseconds = (count: number): Microseconds => count;
export const milliseconds = (count: number): Microseconds => count * 1_000;
export const seconds = (count: number): Microseconds => count * 1_000_000;
