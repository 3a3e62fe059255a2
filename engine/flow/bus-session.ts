import { seconds } from "@bilbycast/foundation/time";
import { LoopTimer, SharedReader, type RingLayout } from "@bilbycast/engine/io";
import type { Meter } from "@bilbycast/engine/telemetry";

/** How often a session looks at the bus: the lane does nothing for it. */
const LOOK_EVERY = seconds(0.005);
/** What is copied at a time: the longest packet fits in any case. */
const DESK_BYTES = 262_144;
/** Copies between two looks at everything else: at 1 Gbit/s a look finds less than three. */
const MOST_READS = 16;

export type BusPlace = { memory: WebAssembly.Memory; bus: RingLayout; queue: number };

/** A session's reader of its flow's bus: it looks by itself, and a look that comes late costs nobody but itself. */
export class BusSession {
  readonly #reader: SharedReader;
  readonly #timer: LoopTimer;
  readonly #desk = new Uint8Array(DESK_BYTES);
  readonly #dropped: Meter;
  readonly #onUnit: (unit: Uint8Array) => void;
  #toldLost = 0;
  #isOpen = true;

  /** `guard` runs each look: what that throws ends the session. */
  constructor(place: BusPlace, dropped: Meter, onUnit: (unit: Uint8Array) => void, guard: (look: () => void) => void) {
    this.#reader = new SharedReader(place.memory.buffer, place.bus, place.queue);
    this.#dropped = dropped;
    this.#onUnit = onUnit;
    this.#timer = new LoopTimer(() => {
      guard(() => this.#look());
      if (this.#isOpen) {
        this.#timer.in(LOOK_EVERY);
      }
    });
    this.#timer.in(LOOK_EVERY);
  }

  close(): void {
    this.#isOpen = false;
    this.#timer.close();
  }

  #look(): void {
    const desk = this.#desk;
    for (let reads = 0; reads < MOST_READS && this.#isOpen; reads++) {
      const count = this.#reader.read(desk, (start, length) => {
        if (this.#isOpen) {
          this.#onUnit(desk.subarray(start, start + length));
        }
      });
      if (count === 0) {
        break;
      }
    }
    const { lost } = this.#reader;
    if (lost !== this.#toldLost) {
      this.#dropped.add(lost - this.#toldLost);
      this.#toldLost = lost;
    }
  }
}
