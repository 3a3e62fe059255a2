import { check } from "@bilbycast/foundation/check";
import { PACKET_SIZE, SYNC_BYTE } from "./packet.ts";

/** Distances between packets in files: plain; M2TS with 4 bytes before each packet; with 16 bytes of Reed-Solomon parity behind each. */
const STRIDES = [188, 192, 204] as const;
const LONGEST_STRIDE = 204;
/** Bytes that M2TS puts before each packet. */
const M2TS_PREFIX = 4;

/**
 * Finds the packets in the bytes of a file, whatever their distance, and finds them again behind rubbish.
 * The grid counts as found where three sync bytes follow each other; at the end of a file two are enough, in a file of one packet, one.
 */
export class PacketScanner {
  /** Offsets that `next` gives are offsets into these bytes, until the next `feed`. */
  readonly bytes: Uint8Array;
  /** Bytes between packets that belong to no packet, since it was made. */
  skipped = 0;
  readonly #chunk: number;
  #start = 0;
  #end = 0;
  #stride = 0;
  #isFirst = true;
  #isLast = false;

  /** `chunk`: the most bytes that one `feed` may bring. */
  constructor(chunk: number) {
    this.#chunk = chunk;
    this.bytes = new Uint8Array(chunk + 3 * LONGEST_STRIDE);
  }

  /** A new file begins. */
  begin(): void {
    this.#start = 0;
    this.#end = 0;
    this.#stride = 0;
    this.#isFirst = true;
    this.#isLast = false;
  }

  /** Copies the file's next bytes in; everything that was in before must have been taken by `next`. */
  feed(chunk: Uint8Array): void {
    check(chunk.length <= this.#chunk, "a chunk is longer than the scanner was made for");
    const rest = this.#end - this.#start;
    if (rest > 0) {
      this.bytes.copyWithin(0, this.#start, this.#end);
    }
    const kept = Math.max(0, rest);
    check(kept + chunk.length <= this.bytes.length, "bytes were fed before the last ones were taken");
    this.bytes.set(chunk, kept);
    this.#start = Math.max(0, -rest);
    this.#end = kept + chunk.length;
  }

  /** The file has no more bytes: `next` gives what can be told without knowing what follows. */
  finish(): void {
    this.#isLast = true;
  }

  /** Offset of the next whole packet, -1 when more bytes are needed; after `finish`, when there is none. */
  next(): number {
    for (;;) {
      if (this.#stride === 0 && !this.#lock()) {
        return this.#exhausted();
      }
      if (this.#start + PACKET_SIZE > this.#end) {
        return this.#exhausted();
      }
      if (this.bytes[this.#start] === SYNC_BYTE) {
        const at = this.#start;
        this.#start += this.#stride;
        this.#isFirst = false;
        return at;
      }
      this.#stride = 0;
    }
  }

  #exhausted(): number {
    if (this.#isLast && this.#end > this.#start) {
      this.skipped += this.#end - this.#start;
      this.#start = this.#end;
    }
    return -1;
  }

  #lock(): boolean {
    const limit = this.#end - (this.#isLast ? PACKET_SIZE - 1 : 2 * LONGEST_STRIDE);
    for (let at = this.#start; at < limit; at++) {
      const stride = this.bytes[at] === SYNC_BYTE ? this.#strideAt(at) : 0;
      if (stride > 0) {
        const prefix = this.#isFirst && stride === STRIDES[1] ? Math.min(M2TS_PREFIX, at - this.#start) : 0;
        this.skipped += at - this.#start - prefix;
        this.#start = at;
        this.#stride = stride;
        return true;
      }
    }
    if (limit > this.#start) {
      this.skipped += limit - this.#start;
      this.#start = limit;
    }
    return false;
  }

  #strideAt(at: number): number {
    for (const stride of STRIDES) {
      const second = at + stride;
      const third = second + stride;
      if (
        second < this.#end
          ? this.bytes[second] === SYNC_BYTE && (third >= this.#end || this.bytes[third] === SYNC_BYTE)
          : this.#isWholeFile(at)
      ) {
        return stride;
      }
    }
    return 0;
  }

  /** A file of one packet, which nothing can confirm. */
  #isWholeFile(at: number): boolean {
    return this.#isFirst && this.#end <= LONGEST_STRIDE && (at === 0 || at === M2TS_PREFIX);
  }
}
