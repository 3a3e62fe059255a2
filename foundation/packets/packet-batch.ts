import { check } from "@bilbycast/foundation/check";

/**
 * Packets handled together: parallel columns over the lane's memory.
 * The bytes are borrowed: they stay until the call that received the batch returns.
 */
export class PacketBatch {
  /** Bytes from the start of the memory. */
  readonly offset: Uint32Array;
  /** Bytes. */
  readonly length: Uint32Array;
  /** Offset of the sender's socket address in the memory; 0 on a connected socket. */
  readonly peer: Uint32Array;
  count = 0;

  constructor(capacity: number) {
    this.offset = new Uint32Array(capacity);
    this.length = new Uint32Array(capacity);
    this.peer = new Uint32Array(capacity);
  }

  get capacity(): number {
    return this.offset.length;
  }

  clear(): void {
    this.count = 0;
  }

  /** Checks the capacity: a typed array swallows an overflow in silence. */
  push(offset: number, length: number, peer: number): void {
    const i = this.count;
    check(i < this.offset.length, "a batch is full");
    this.offset[i] = offset;
    this.length[i] = length;
    this.peer[i] = peer;
    this.count = i + 1;
  }

  /** Row `i` of another batch; the bytes stay where they are. */
  take(from: PacketBatch, i: number): void {
    this.push(from.offset[i] ?? 0, from.length[i] ?? 0, from.peer[i] ?? 0);
  }
}
