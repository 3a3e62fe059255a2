import { setU32, u32 } from "@bilbycast/foundation/bytes";

/** The words of a small protocol with retransmission: what it is, then a packet number. Bytes. */
export const HEADER_SIZE = 8;

/** A packet: its number, then its payload. */
export const DATA = 1;
/** What is missing: how many numbers, then the numbers. */
export const NACK = 2;
/** Nothing new: the number of the packet that will come next. */
export const KEEP_ALIVE = 3;

export const writeWord = (bytes: Uint8Array, at: number, kind: number, number: number): void => {
  setU32(bytes, at, kind);
  setU32(bytes, at + 4, number);
};

export const kindOf = (bytes: Uint8Array, at: number): number => u32(bytes, at);
export const numberOf = (bytes: Uint8Array, at: number): number => u32(bytes, at + 4);
