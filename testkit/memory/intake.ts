import { check } from "@bilbycast/foundation/check";
import { PacketBatch } from "@bilbycast/foundation/packets";
import type { HeapMemory } from "./heap-memory.ts";

/**
 * Where a test puts datagrams for a machine, as a lane's receive slots do: borrowed until `clear`, which spoils them,
 * so that a machine that kept an offset instead of a copy is found out.
 */
export class TestIntake {
  readonly batch: PacketBatch;
  readonly #memory: HeapMemory;
  readonly #base: number;
  readonly #size: number;
  #used = 0;

  constructor(memory: HeapMemory, options: { bytes?: number; rows?: number } = {}) {
    this.#memory = memory;
    this.#size = options.bytes ?? 256 * 1_024;
    this.#base = memory.reserve(this.#size);
    this.batch = new PacketBatch(options.rows ?? 1_024);
  }

  /** Whether one more datagram of that length fits. */
  fits(length: number): boolean {
    return this.#used + length <= this.#size && this.batch.count < this.batch.capacity;
  }

  add(datagram: Uint8Array, peer = 0): void {
    check(this.fits(datagram.length), "the test's intake is full");
    const offset = this.#base + this.#used;
    this.#memory.bytes.set(datagram, offset);
    this.batch.push(offset, datagram.length, peer);
    this.#used += Math.ceil(datagram.length / 4) * 4;
  }

  clear(): void {
    this.#memory.bytes.fill(0xee, this.#base, this.#base + Math.min(this.#used, this.#size));
    this.#used = 0;
    this.batch.clear();
  }

  close(): void {
    this.#memory.release(this.#base);
  }
}

/** Copies of the bytes of every row of a batch. */
export const bytesOf = (memory: HeapMemory, batch: PacketBatch): Uint8Array[] =>
  Array.from({ length: batch.count }, (_, i) => {
    const offset = batch.offset[i] ?? 0;
    return memory.bytes.slice(offset, offset + (batch.length[i] ?? 0));
  });
