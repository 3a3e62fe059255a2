import { setU16, u16 } from "@bilbycast/foundation/bytes";
import type { Memory } from "@bilbycast/foundation/packets";
import { HEADER_SIZE, keyFlags, MOST_PAYLOAD, packetTimestamp, setRetransmitted, writeDataHeader } from "./packet.ts";

/** In front of the parity of payloads: which group, and the parity of key flags and lengths. */
export const FEC_HEADER = 4;
/** Says of a control packet that its group is a row. */
export const ROW = 0xff;

const SLOT = MOST_PAYLOAD;

/** Sums of packets by exclusive or, one for each group: their time stamps, key flags, lengths and payloads, zeros behind the shorter ones. */
export class Parity {
  readonly #memory: Memory;
  readonly #base: number;
  readonly #timestamp: Int32Array;
  readonly #flags: Uint8Array;
  readonly #length: Uint16Array;

  /** Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, groups: number) {
    this.#memory = memory;
    this.#base = memory.reserve(groups * SLOT);
    this.#timestamp = new Int32Array(groups);
    this.#flags = new Uint8Array(groups);
    this.#length = new Uint16Array(groups);
  }

  clear(group: number): void {
    const at = this.#base + group * SLOT;
    this.#memory.bytes.fill(0, at, at + SLOT);
    this.#timestamp[group] = 0;
    this.#flags[group] = 0;
    this.#length[group] = 0;
  }

  /** Adds a data packet, its payload as it is on the wire. */
  add(group: number, at: number, payload: number): void {
    const { bytes } = this.#memory;
    this.#sum(group, packetTimestamp(bytes, at), keyFlags(bytes, at), payload);
    this.#xor(group, at + HEADER_SIZE, payload);
  }

  /** Adds a control packet of the filter. */
  addControl(group: number, at: number, payload: number): void {
    const { bytes } = this.#memory;
    const body = at + HEADER_SIZE;
    this.#sum(group, packetTimestamp(bytes, at), bytes[body + 1] ?? 0, u16(bytes, body + 2));
    this.#xor(group, body + FEC_HEADER, payload - FEC_HEADER);
  }

  timestampOf(group: number): number {
    return this.#timestamp[group] ?? 0;
  }

  flagsOf(group: number): number {
    return this.#flags[group] ?? 0;
  }

  lengthOf(group: number): number {
    return this.#length[group] ?? 0;
  }

  /** Copies the sum of the payloads. */
  copyPayload(group: number, target: number, length: number): void {
    this.#memory.copy(target, this.#base + group * SLOT, length);
  }

  /** Writes the body of the control packet of a group, its payload sum `size` bytes long; `index`: ROW, or the number of the column. */
  writeControl(group: number, at: number, index: number, size: number): void {
    const { bytes } = this.#memory;
    bytes[at] = index;
    bytes[at + 1] = this.flagsOf(group);
    setU16(bytes, at + 2, this.lengthOf(group));
    this.copyPayload(group, at + FEC_HEADER, size);
  }

  close(): void {
    this.#memory.release(this.#base);
  }

  #sum(group: number, timestamp: number, flags: number, length: number): void {
    this.#timestamp[group] = (this.#timestamp[group] ?? 0) ^ timestamp;
    this.#flags[group] = (this.#flags[group] ?? 0) ^ flags;
    this.#length[group] = (this.#length[group] ?? 0) ^ length;
  }

  #xor(group: number, source: number, length: number): void {
    const { bytes, words } = this.#memory;
    const target = this.#base + group * SLOT;
    let done = 0;
    if ((source & 3) === 0) {
      const end = length >> 2;
      for (let from = source >> 2, to = target >> 2, i = 0; i < end; i++) {
        words[to + i] = (words[to + i] ?? 0) ^ (words[from + i] ?? 0);
      }
      done = end * 4;
    }
    for (; done < length; done++) {
      bytes[target + done] = (bytes[target + done] ?? 0) ^ (bytes[source + done] ?? 0);
    }
  }
}

/**
 * Writes the header of a packet that was rebuilt: it counts as sent again. Live mode numbers messages as it numbers packets, so its number
 * is known as well; what is proved by a tag proves it.
 */
export const writeRebuiltHeader = (
  bytes: Uint8Array,
  at: number,
  sequence: number,
  message: number,
  keys: number,
  timestamp: number,
  socketId: number,
): void => {
  writeDataHeader(bytes, at, sequence, message, keys, timestamp >>> 0, socketId);
  setRetransmitted(bytes, at, true);
};
