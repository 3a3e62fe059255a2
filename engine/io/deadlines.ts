import { check } from "@bilbycast/foundation/check";
import { NEVER, type Instant } from "@bilbycast/foundation/time";

/** Who waits for what until when: one slot for each machine, pacer or timer, ordered in one binary heap. */
export class Deadlines {
  readonly #at: Float64Array;
  /** Slot at each place of the heap. */
  readonly #heap: Int32Array;
  /** Place of each slot in the heap; -1 when it waits for nothing. */
  readonly #place: Int32Array;
  readonly #freeSlots: Int32Array;
  #free: number;
  #size = 0;

  constructor(capacity: number) {
    this.#at = new Float64Array(capacity).fill(NEVER);
    this.#heap = new Int32Array(capacity);
    this.#place = new Int32Array(capacity).fill(-1);
    this.#freeSlots = Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i);
    this.#free = capacity;
  }

  /** Earliest deadline; NEVER when nobody waits. */
  get next(): Instant {
    return this.#size === 0 ? NEVER : ((this.#at[this.#heap[0] ?? 0] ?? NEVER) as Instant);
  }

  open(): number {
    check(this.#free > 0, "a lane has too many deadlines");
    this.#free--;
    return this.#freeSlots[this.#free] ?? 0;
  }

  close(slot: number): void {
    this.set(slot, NEVER);
    this.#freeSlots[this.#free] = slot;
    this.#free++;
  }

  /** An unchanged value costs one comparison. */
  set(slot: number, at: Instant): void {
    const before = this.#at[slot] ?? NEVER;
    if (at === before) {
      return;
    }
    this.#at[slot] = at;
    if (before === NEVER) {
      this.#heap[this.#size] = slot;
      this.#place[slot] = this.#size;
      this.#size++;
      this.#rise(this.#size - 1);
    } else if (at === NEVER) {
      this.#remove(this.#place[slot] ?? 0);
    } else if (at < before) {
      this.#rise(this.#place[slot] ?? 0);
    } else {
      this.#sink(this.#place[slot] ?? 0);
    }
  }

  /** Takes out one slot whose time has come; -1 when there is none. */
  takeDue(now: Instant): number {
    if (this.#size === 0 || this.next > now) {
      return -1;
    }
    const slot = this.#heap[0] ?? 0;
    this.#at[slot] = NEVER;
    this.#remove(0);
    return slot;
  }

  #remove(place: number): void {
    const gone = this.#heap[place] ?? 0;
    this.#place[gone] = -1;
    this.#size--;
    if (place === this.#size) {
      return;
    }
    const moved = this.#heap[this.#size] ?? 0;
    this.#heap[place] = moved;
    this.#place[moved] = place;
    this.#rise(place);
    this.#sink(this.#place[moved] ?? 0);
  }

  #rise(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#timeAt(parent) <= this.#timeAt(place)) {
        return;
      }
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    let place = from;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= this.#size) {
        return;
      }
      if (child + 1 < this.#size && this.#timeAt(child + 1) < this.#timeAt(child)) {
        child++;
      }
      if (this.#timeAt(place) <= this.#timeAt(child)) {
        return;
      }
      this.#swap(place, child);
      place = child;
    }
  }

  #timeAt(place: number): number {
    return this.#at[this.#heap[place] ?? 0] ?? NEVER;
  }

  #swap(a: number, b: number): void {
    const slotA = this.#heap[a] ?? 0;
    const slotB = this.#heap[b] ?? 0;
    this.#heap[a] = slotB;
    this.#heap[b] = slotA;
    this.#place[slotB] = a;
    this.#place[slotA] = b;
  }
}
