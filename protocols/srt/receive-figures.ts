import type { SrtMeters } from "./meters.ts";
import type { ReceiveBuffer } from "./receive-buffer.ts";
import type { ReceiveRate } from "./receive-rate.ts";

const MICROSECONDS = 1_000;
/** libsrt smooths the lateness of belated packets with this weight. */
const WEIGHT = 0.2;

/** Shows how a receiver stands. */
export class ReceiveFigures {
  readonly #meters: SrtMeters;
  #belated = 0;
  /** Packets before it were judged: whether the filter had given them up. */
  #judged = 0;

  constructor(meters: SrtMeters) {
    this.#meters = meters;
  }

  reset(first: number): void {
    this.#belated = 0;
    this.#judged = first;
  }

  /** What waits, and for how long. */
  show(buffer: ReceiveBuffer): void {
    this.#meters.receiveBuffered.set(buffer.held);
    this.#meters.receiveBufferFree.set(buffer.capacity - buffer.held);
    this.#meters.receiveBufferMs.set(buffer.span / MICROSECONDS);
  }

  /** So many packets were passed over. */
  skipped(packets: number): void {
    if (packets > 0) {
      this.#meters.packetsTooLate.add(packets);
    }
  }

  /** An ACK was sent. `tolerance`: packets that a gap waits for. */
  acknowledged(rate: ReceiveRate, tolerance: number): void {
    this.#meters.linkReceiveRate.set(rate.packets);
    this.#meters.linkCapacity.set(rate.capacity);
    this.#meters.reorderTolerance.set(tolerance);
  }

  /** A packet came so long after its time; microseconds. */
  belated(late: number): void {
    this.#meters.packetsBelated.add(1);
    this.#belated += WEIGHT * (Math.max(0, late) / MICROSECONDS - this.#belated);
    this.#meters.belatedMs.set(this.#belated);
  }

  /** A filter rebuilds nothing before `end` any more: what is missing there it has not brought. */
  givenUp(buffer: ReceiveBuffer, end: number): void {
    let lost = 0;
    let at = Math.max(this.#judged, buffer.next);
    for (; at < end; at++) {
      at = buffer.nextMissing(at, end);
      lost += at < end ? 1 : 0;
    }
    this.#judged = Math.max(this.#judged, end);
    if (lost > 0) {
      this.#meters.filterLost.add(lost);
    }
  }
}
