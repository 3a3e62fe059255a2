import { SharedReader, type RingLayout } from "@bilbycast/engine/io";
import type { Instant } from "@bilbycast/foundation/time";

/** Bytes that are copied out of a ring at once. */
const CHUNK = 1_048_576;
/** Rounds of reading in one turn: what flows in faster than it is looked at must not keep the thread from hearing orders. */
const ROUNDS = 8;

/** Takes each unit of a lane's mirror: `tag` is the number of its input. The bytes are borrowed for the call. */
export type TakeUnit = (tag: number, bytes: Uint8Array, at: number, length: number, arrival: Instant) => void;

/** Reads one lane's mirror. */
export class LaneListener {
  readonly #reader: SharedReader;
  readonly #chunk = new Uint8Array(CHUNK);
  #lost = 0;

  constructor(memory: WebAssembly.Memory, layout: RingLayout) {
    this.#reader = new SharedReader(memory.buffer, layout, layout.packets);
  }

  /** Gives what has come. Returns how many units; `onLost` hears of those that were overwritten, before anything else of the turn is given. */
  read(take: TakeUnit, onLost: (lost: number) => void): number {
    let total = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const each = (start: number, length: number, arrival: Instant, tag: number): void => {
        this.#tellLoss(onLost);
        take(tag, this.#chunk, start, length, arrival);
      };
      const count = this.#reader.read(this.#chunk, each);
      this.#tellLoss(onLost);
      total += count;
      if (count === 0) {
        break;
      }
    }
    return total;
  }

  #tellLoss(onLost: (lost: number) => void): void {
    const { lost } = this.#reader;
    if (lost > this.#lost) {
      onLost(lost - this.#lost);
      this.#lost = lost;
    }
  }
}
