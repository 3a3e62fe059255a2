/** How many sequence numbers there are before they begin again. RFC 3550 §5.1. */
export const SEQUENCE_CYCLE = 65_536;

/** How far `to` lies ahead of `from` the shorter way round, -32768 to 32767. Either may be an endless number. */
export const sequenceDistance = (from: number, to: number): number => ((to - from) << 16) >> 16;

/** The endless sequence number closest to `near` whose low 16 bits are `sequence`; exact to 2^53. */
export const unwrapSequence = (sequence: number, near: number): number => near + sequenceDistance(near, sequence);
