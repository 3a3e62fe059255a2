import type { Instant } from "@bilbycast/foundation/time";

type Flight = { datagram: Uint8Array; arrival: Instant; ordinal: number };

/** Datagrams on their way, earliest arrival first, equal arrivals in the order they were put: a binary heap. */
export class Transit {
  readonly #heap: Flight[] = [];
  #ordinal = 0;

  /** When the next one arrives. */
  get next(): Instant | undefined {
    return this.#heap[0]?.arrival;
  }

  put(datagram: Uint8Array, arrival: Instant): void {
    const heap = this.#heap;
    const flight = { datagram, arrival, ordinal: this.#ordinal++ };
    let at = heap.push(flight) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || comesFirst(above, flight)) {
        break;
      }
      heap[at] = above;
      at = parent;
    }
    heap[at] = flight;
  }

  /** Takes out the one that arrives next. */
  take(): Uint8Array | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) {
      return first?.datagram;
    }
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const child = right !== undefined && left !== undefined && comesFirst(right, left) ? right : left;
      if (child === undefined || comesFirst(last, child)) {
        break;
      }
      heap[at] = child;
      at = child === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = last;
    return first.datagram;
  }
}

const comesFirst = (left: Flight, right: Flight): boolean =>
  left.arrival === right.arrival ? left.ordinal < right.ordinal : left.arrival < right.arrival;
