import { setU32, u32 } from "@bilbycast/foundation/bytes";

/** Bytes of the three forms of an ACK. */
export const LITE_ACK_SIZE = 4;
const SMALL_ACK_SIZE = 16;
const RATES_ACK_SIZE = 24;
export const FULL_ACK_SIZE = 28;

/** What a receiver tells its sender: the body of an ACK. One object is read into again and again. */
export class Acknowledgement {
  /** First sequence number that has not come, 31 bits. */
  position = 0;
  /** Microseconds; -1 where the form has no such field. */
  rtt = -1;
  rttVariance = -1;
  /** Packets that the receiver has room for; -1 where the form does not say. */
  window = -1;
  /** Packets per second; -1 where the form does not say. */
  receiveRate = -1;
  linkCapacity = -1;
  /** Bytes per second; -1 where the form does not say. */
  receiveBytes = -1;

  /** False when the bytes are no ACK: then the fields mean nothing. */
  read(bytes: Uint8Array, at: number, length: number): boolean {
    if (length < LITE_ACK_SIZE) {
      return false;
    }
    const field = (i: number, size: number): number => (length >= size ? u32(bytes, at + 4 * i) | 0 : -1);
    this.position = u32(bytes, at);
    this.rtt = field(1, SMALL_ACK_SIZE);
    this.rttVariance = field(2, SMALL_ACK_SIZE);
    this.window = field(3, SMALL_ACK_SIZE);
    this.receiveRate = field(4, RATES_ACK_SIZE);
    this.linkCapacity = field(5, RATES_ACK_SIZE);
    this.receiveBytes = field(6, FULL_ACK_SIZE);
    return this.position <= 0x7fff_ffff;
  }

  /** Writes the full form. */
  write(bytes: Uint8Array, at: number): void {
    setU32(bytes, at, this.position);
    setU32(bytes, at + 4, this.rtt);
    setU32(bytes, at + 8, this.rttVariance);
    setU32(bytes, at + 12, this.window);
    setU32(bytes, at + 16, this.receiveRate);
    setU32(bytes, at + 20, this.linkCapacity);
    setU32(bytes, at + 24, this.receiveBytes);
  }
}

const RANGE = 0x8000_0000;

/** Walks the ranges of a NAK: `next` until false, then `isWhole` tells whether all of it was well formed. */
export class LossReport {
  first = 0;
  last = 0;
  isWhole = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  begin(bytes: Uint8Array, at: number, length: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = at + (length & ~3);
    this.isWhole = length >= 4;
  }

  next(): boolean {
    if (this.#at >= this.#end) {
      return false;
    }
    const word = u32(this.#bytes, this.#at);
    this.#at += 4;
    this.first = word & 0x7fff_ffff;
    this.last = this.first;
    if (word >= RANGE) {
      if (this.#at >= this.#end) {
        this.isWhole = false;
        return false;
      }
      this.last = u32(this.#bytes, this.#at);
      this.#at += 4;
      if (this.last >= RANGE) {
        this.isWhole = false;
        return false;
      }
    }
    return true;
  }
}

/** Writes one range of a NAK, both ends inclusive; returns how many bytes it took. */
export const writeLossRange = (bytes: Uint8Array, at: number, first: number, last: number): number => {
  if (first === last) {
    setU32(bytes, at, first);
    return 4;
  }
  setU32(bytes, at, RANGE | first);
  setU32(bytes, at + 4, last);
  return 8;
};
