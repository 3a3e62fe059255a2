import { check } from "@bilbycast/foundation/check";
import { TRAIN_BYTES, TRAIN_DATAGRAMS, type Memory } from "@bilbycast/foundation/packets";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { SlotPool } from "./slot-pool.ts";

const NEVER_AGAIN = -1;

/** Packets from their submission until the peer has them, by endless sequence number: [first, unsent) were sent, [unsent, next) wait. */
export class SendBuffer {
  readonly capacity: number;
  first = 0;
  unsent = 0;
  next = 0;
  /** Packets that the peer asked for and that were not sent again yet. */
  wanted = 0;
  readonly #pool: SlotPool;
  readonly #mask: number;
  readonly #slot: Int32Array;
  readonly #size: Uint16Array;
  /** When the packet came to us, and when it was sent again last. */
  readonly #origin: Float64Array;
  readonly #againAt: Float64Array;
  /** Number that the packet had on the bus. */
  readonly #bus: Float64Array;
  readonly #isWanted: Uint8Array;
  #wantedFrom = 0;

  /** `capacity` is a power of two. Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, capacity: number) {
    check((capacity & (capacity - 1)) === 0, "a send buffer is a power of two");
    this.capacity = capacity;
    this.#pool = new SlotPool(memory, capacity);
    this.#mask = capacity - 1;
    this.#slot = new Int32Array(capacity);
    this.#size = new Uint16Array(capacity);
    this.#origin = new Float64Array(capacity);
    this.#againAt = new Float64Array(capacity);
    this.#bus = new Float64Array(capacity);
    this.#isWanted = new Uint8Array(capacity);
  }

  reset(first: number): void {
    this.releaseTo(this.next);
    this.#pool.turn();
    this.first = first;
    this.unsent = first;
    this.next = first;
    this.#wantedFrom = first;
  }

  /** Begins a call of the machine: what left in the last one has left. */
  turn(): void {
    this.#pool.turn();
  }

  /** Packets that wait or are not acknowledged. */
  get held(): number {
    return this.next - this.first;
  }

  /** A slot for one more packet; 0 when there is no room. */
  take(): number {
    return this.held < this.capacity ? this.#pool.take() : 0;
  }

  /** Puts the packet in a slot, `size` bytes header and all, behind the others; returns its sequence number. */
  append(slot: number, size: number, origin: Instant, bus: number): number {
    const column = this.next & this.#mask;
    this.#slot[column] = slot;
    this.#size[column] = size;
    this.#origin[column] = origin;
    this.#againAt[column] = NEVER_AGAIN;
    this.#bus[column] = bus;
    this.#isWanted[column] = 0;
    return this.next++;
  }

  slotOf(sequence: number): number {
    return this.#slot[sequence & this.#mask] ?? 0;
  }

  sizeOf(sequence: number): number {
    return this.#size[sequence & this.#mask] ?? 0;
  }

  originOf(sequence: number): Instant {
    return instant(this.#origin[sequence & this.#mask] ?? 0);
  }

  busOf(sequence: number): number {
    return this.#bus[sequence & this.#mask] ?? 0;
  }

  /** Behind the last packet that one train takes with `first`: before `end`, and all of one size. */
  trainEnd(first: number, end: number): number {
    const size = this.sizeOf(first);
    const most = Math.min(this.next, end, first + Math.min(TRAIN_DATAGRAMS, Math.floor(TRAIN_BYTES / size)));
    let last = first + 1;
    while (last < most && this.sizeOf(last) === size) {
      last++;
    }
    return last;
  }

  /** When the packet was sent again last; -1 before it was. */
  againAt(sequence: number): number {
    return this.#againAt[sequence & this.#mask] ?? NEVER_AGAIN;
  }

  /** The peer asks for packets [from, to), which were sent. */
  want(from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence++) {
      const column = sequence & this.#mask;
      if (this.#isWanted[column] === 0) {
        this.#isWanted[column] = 1;
        this.wanted++;
      }
    }
    this.#wantedFrom = Math.min(this.#wantedFrom, from);
  }

  /** The oldest packet that is wanted; there must be one. */
  oldestWanted(): number {
    let sequence = Math.max(this.#wantedFrom, this.first);
    while (sequence < this.unsent && this.#isWanted[sequence & this.#mask] === 0) {
      sequence++;
    }
    check(sequence < this.unsent, "a wanted packet is in the buffer");
    this.#wantedFrom = sequence;
    return sequence;
  }

  /** A wanted packet was sent again, or is not going to be. */
  satisfied(sequence: number): void {
    this.#isWanted[sequence & this.#mask] = 0;
    this.wanted--;
  }

  /** Packets from `sequence` on have not been sent after all. */
  rewindTo(sequence: number): void {
    for (; this.unsent > sequence; this.unsent--) {
      const column = (this.unsent - 1) & this.#mask;
      this.wanted -= this.#isWanted[column] ?? 0;
      this.#isWanted[column] = 0;
    }
  }

  sentAgain(sequence: number, now: Instant): void {
    this.#againAt[sequence & this.#mask] = now;
  }

  /** Gives up everything before `sequence`. */
  releaseTo(sequence: number): void {
    for (; this.first < sequence; this.first++) {
      const column = this.first & this.#mask;
      this.wanted -= this.#isWanted[column] ?? 0;
      this.#isWanted[column] = 0;
      this.#pool.give(this.#slot[column] ?? 0);
    }
    this.unsent = Math.max(this.unsent, this.first);
  }

  close(): void {
    this.#pool.close();
  }
}
