import { continuityCounter, discontinuityIndicator, hasPayload, PACKET_SIZE, payloadOffset, payloadUnitStart } from "../packet.ts";
import { LONGEST_SECTION, sectionSize } from "./section.ts";

/** table_id of stuffing: nothing follows in the packet. ISO/IEC 13818-1 §2.4.4. */
const STUFFING = 0xff;
const NONE = -1;
/** Bytes of a section that say how long it is. */
const SHORT_HEADER = 3;
const SMALLEST_BUFFER = 256;
const EMPTY = new Uint8Array(0);

/**
 * Puts the sections of one PID together, over as many packets as each takes. Several may lie in one packet.
 * Whatever is not whole when a packet was lost is dropped and counted, and the next payload_unit_start begins anew.
 */
export class SectionAssembler {
  /** Sections that were begun and not finished: a packet was lost, or another section began early. */
  broken = 0;
  readonly #onSection: (section: Uint8Array) => void;
  /** Holds a section that takes several packets; most take one and need none. */
  #buffer: Uint8Array = EMPTY;
  #filled = NONE;
  #lastCounter = NONE;

  /** `onSection` gets each whole section, its CRC unchecked; the bytes are borrowed for the call. */
  constructor(onSection: (section: Uint8Array) => void) {
    this.#onSection = onSection;
  }

  /** Takes the next packet of the PID. */
  push(bytes: Uint8Array, at: number): void {
    if (!hasPayload(bytes, at)) {
      return;
    }
    const counter = continuityCounter(bytes, at);
    const last = this.#lastCounter;
    this.#lastCounter = counter;
    if (counter === last) {
      // A duplicate. §2.4.3.3.
      return;
    }
    if (last !== NONE && counter !== ((last + 1) & 0x0f) && !discontinuityIndicator(bytes, at)) {
      this.#drop();
    }
    const end = at + PACKET_SIZE;
    const start = at + payloadOffset(bytes, at);
    if (!payloadUnitStart(bytes, at)) {
      this.#fill(bytes, start, end);
      return;
    }
    const first = start + 1 + (bytes[start] ?? 0);
    if (start >= end || first > end) {
      this.#drop();
      return;
    }
    this.#fill(bytes, start + 1, first);
    this.#drop();
    this.#begin(bytes, first, end);
  }

  /** Forgets what is not whole: the source was changed. */
  reset(): void {
    this.#filled = NONE;
    this.#lastCounter = NONE;
  }

  /** Sections that begin in this packet, one behind the other, until stuffing or its end. */
  #begin(bytes: Uint8Array, from: number, end: number): void {
    let at = from;
    while (at < end && bytes[at] !== STUFFING) {
      const size = at + SHORT_HEADER <= end ? (sectionSize(bytes, at) ?? 0) : 0;
      if (size > 0 && at + size <= end) {
        this.#onSection(bytes.subarray(at, at + size));
        at += size;
        continue;
      }
      this.#filled = 0;
      this.#hold(SHORT_HEADER);
      const taken = this.#append(bytes, at, end);
      if (this.#filled !== NONE) {
        return;
      }
      at += taken;
    }
  }

  #fill(bytes: Uint8Array, from: number, end: number): void {
    if (this.#filled === NONE || from >= end) {
      return;
    }
    const taken = this.#append(bytes, from, end);
    // Another one may follow in a packet that begins with the end of the last one. §2.4.4.2.
    if (this.#filled === NONE && from + taken < end) {
      this.#begin(bytes, from + taken, end);
    }
  }

  /** Adds bytes to the section that was begun; gives it away when it is whole. Returns how many bytes it took. */
  #append(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    // Its length stands in its first three bytes, which may lie in two packets.
    while (this.#filled < SHORT_HEADER && at < end) {
      this.#buffer[this.#filled++] = bytes[at++] ?? 0;
    }
    const size = this.#filled < SHORT_HEADER ? undefined : sectionSize(this.#buffer, 0);
    if (size === undefined) {
      return at - from;
    }
    if (size > LONGEST_SECTION) {
      this.#drop();
      return end - from;
    }
    this.#hold(size);
    const count = Math.min(size - this.#filled, end - at);
    this.#buffer.set(bytes.subarray(at, at + count), this.#filled);
    this.#filled += count;
    if (this.#filled === size) {
      this.#filled = NONE;
      this.#onSection(this.#buffer.subarray(0, size));
    }
    return at + count - from;
  }

  /** Makes room for a section of so many bytes. */
  #hold(size: number): void {
    if (this.#buffer.length < size) {
      const larger = new Uint8Array(Math.min(LONGEST_SECTION, Math.max(SMALLEST_BUFFER, 2 ** Math.ceil(Math.log2(size)))));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
  }

  #drop(): void {
    if (this.#filled !== NONE) {
      this.broken++;
      this.#filled = NONE;
    }
  }
}
