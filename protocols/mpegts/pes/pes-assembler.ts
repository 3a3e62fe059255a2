import { u16 } from "@bilbycast/foundation/bytes";
import { check } from "@bilbycast/foundation/check";
import {
  continuityCounter,
  discontinuityIndicator,
  hasPayload,
  isScrambled,
  PACKET_SIZE,
  payloadOffset,
  payloadUnitStart,
} from "../packet.ts";

const NONE = -1;
/** Bytes of a PES packet that say how long it is: start code, stream_id, PES_packet_length. ISO/IEC 13818-1 §2.4.3.6. */
const HEAD = 6;
const SMALLEST_BUFFER = 4_096;
const EMPTY = new Uint8Array(0);

/**
 * Puts the PES packets of one PID together. One of known length is given away with its last byte, one of length 0 when the next begins.
 * Whatever is not whole when a packet was lost is dropped and counted, and the next payload_unit_start begins anew.
 */
export class PesAssembler {
  /** PES packets that were begun and not finished: a packet was lost, or another one began early. */
  broken = 0;
  /** PES packets longer than there is room for. */
  tooLong = 0;
  /** Units that begin with no packet_start_code_prefix. */
  malformed = 0;
  /** Transport packets that are scrambled; what they belong to is `broken`. */
  scrambled = 0;
  readonly #onPacket: (packet: Uint8Array) => void;
  readonly #longest: number;
  #buffer: Uint8Array = EMPTY;
  #filled = NONE;
  /** Bytes of the PES packet; 0: its head has not come, or it has no length. */
  #size = 0;
  #lastCounter = NONE;

  /**
   * `onPacket` gets each whole PES packet, its header not looked at further; the bytes are borrowed for the call.
   * `longest`: bytes of a PES packet, at least those of a transport packet; the buffer grows to it and no further.
   */
  constructor(onPacket: (packet: Uint8Array) => void, longest: number) {
    check(longest >= PACKET_SIZE, "a PES packet may be as long as a transport packet");
    this.#onPacket = onPacket;
    this.#longest = longest;
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
    if (isScrambled(bytes, at)) {
      this.scrambled++;
      this.#drop();
      return;
    }
    if (payloadUnitStart(bytes, at)) {
      this.flush();
      this.#filled = 0;
      this.#size = 0;
    }
    if (this.#filled !== NONE) {
      this.#append(bytes, at + payloadOffset(bytes, at), at + PACKET_SIZE);
    }
  }

  /** The stream ends here, or another PES packet begins: one without a length is whole now, one with a length is broken. */
  flush(): void {
    if (this.#filled >= HEAD && this.#size === 0) {
      const packet = this.#buffer.subarray(0, this.#filled);
      this.#filled = NONE;
      this.#onPacket(packet);
    }
    this.#drop();
  }

  /** Forgets what is not whole: the source was changed. */
  reset(): void {
    this.#filled = NONE;
    this.#lastCounter = NONE;
  }

  #append(bytes: Uint8Array, from: number, end: number): void {
    const before = this.#filled;
    const filled = before + end - from;
    if (filled > this.#longest && (this.#size === 0 || this.#size > this.#longest)) {
      this.#giveUp();
      return;
    }
    this.#hold(filled);
    const buffer = this.#buffer;
    for (let i = from, target = before; i < end; i++, target++) {
      buffer[target] = bytes[i] ?? 0;
    }
    this.#filled = filled;
    if (before < HEAD && filled >= HEAD && !this.#isBegun()) {
      return;
    }
    if (this.#size > 0 && filled >= this.#size) {
      // What follows the last byte up to the next start is nothing.
      this.#filled = NONE;
      this.#onPacket(buffer.subarray(0, this.#size));
    }
  }

  /** The head has come; false when the PES packet is given up for what it says. */
  #isBegun(): boolean {
    const head = this.#buffer;
    if (head[0] !== 0 || head[1] !== 0 || head[2] !== 1) {
      this.malformed++;
      this.#filled = NONE;
      return false;
    }
    const length = u16(head, 4);
    this.#size = length === 0 ? 0 : HEAD + length;
    if (this.#size > this.#longest) {
      this.#giveUp();
      return false;
    }
    return true;
  }

  #giveUp(): void {
    this.tooLong++;
    this.#filled = NONE;
  }

  /** Makes room for so many bytes; a last packet may hold some that are not of the PES packet. */
  #hold(size: number): void {
    if (this.#buffer.length < size) {
      const larger = new Uint8Array(Math.min(this.#longest + PACKET_SIZE, Math.max(SMALLEST_BUFFER, 2 ** Math.ceil(Math.log2(size)))));
      larger.set(this.#buffer.subarray(0, Math.max(0, this.#filled)));
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
