/** Packet sequence numbers have 31 bits; the successor of the last is 0. */
const SEQUENCE_MASK = 0x7fff_ffff;

/** How far `to` lies ahead of `from` the shorter way round, -2^30 to 2^30 - 1. Either may be an endless number. */
export const sequenceDistance = (from: number, to: number): number => ((to - from) << 1) >> 1;

/** The endless sequence number closest to `near` that is `sequence` on the wire; exact to 2^53. */
export const unwrapSequence = (sequence: number, near: number): number => near + sequenceDistance(near, sequence);

/** The 31 bits of an endless sequence number. */
export const wireSequence = (endless: number): number => endless & SEQUENCE_MASK;

/** Endless sequence numbers begin so far above 0 that what lies before a connection's first packet is no negative number. */
export const FIRST_CYCLE = 2 ** 31;

/** The endless time stamp closest to `near` whose low 32 bits are `stamp`; microseconds. */
export const unwrapStamp = (stamp: number, near: number): number => near + ((stamp - near) | 0);

/** Message numbers have 26 bits; 0 is reserved, so the successor of the last is 1. */
export const nextMessageNumber = (number: number): number => (number >= 0x3ff_ffff ? 1 : number + 1);
