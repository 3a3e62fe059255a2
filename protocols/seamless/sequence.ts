/** How many RTP sequence numbers there are before they begin again. RFC 3550 §5.1. */
const CYCLE = 65_536;

/** How far `to` lies ahead of `from` the shorter way round, -32768 to 32767. Either may be an endless number. */
export const distance = (from: number, to: number): number => ((to - from) << 16) >> 16;

/** The endless number of a first sequence number: far enough from 0 that those before it are none below 0. */
export const firstEndless = (sequenceNumber: number): number => CYCLE + sequenceNumber;
