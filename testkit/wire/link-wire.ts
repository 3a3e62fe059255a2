import { check } from "@bilbycast/foundation/check";
import type { Memory, Wire } from "@bilbycast/foundation/packets";

const MESSAGES = 128;
const SCRATCH = 16_384;

/**
 * A wire for long runs: each message is one piece and one datagram, and is given away when it is flushed, borrowed until the call returns.
 * `RecordingWire` watches the rules; this one costs next to nothing.
 */
export class LinkWire implements Wire {
  readonly trains = false;
  /** When what is said leaves. */
  now = 0;
  readonly #memory: Memory;
  readonly #give: (datagram: Uint8Array, now: number) => void;
  readonly #scratch: number;
  readonly #offset = new Int32Array(MESSAGES);
  readonly #length = new Int32Array(MESSAGES);
  #count = 0;
  #used = 0;

  constructor(memory: Memory, give: (datagram: Uint8Array, now: number) => void) {
    this.#memory = memory;
    this.#give = give;
    this.#scratch = memory.reserve(SCRATCH);
  }

  ensure(pieces: number, scratch: number): void {
    check(pieces === 1, "a message of a long run is one piece");
    if (this.#count === MESSAGES || this.#used + scratch > SCRATCH) {
      this.flush();
    }
  }

  message(segment: number): void {
    check(segment === 0, "a message of a long run is one datagram");
  }

  piece(offset: number, length: number): void {
    this.#offset[this.#count] = offset;
    this.#length[this.#count++] = length;
  }

  scratch(length: number): number {
    const at = this.#scratch + this.#used;
    this.#used += Math.ceil(length / 4) * 4;
    return at;
  }

  flush(): void {
    const { bytes } = this.#memory;
    for (let i = 0; i < this.#count; i++) {
      const at = this.#offset[i] ?? 0;
      this.#give(bytes.subarray(at, at + (this.#length[i] ?? 0)), this.now);
    }
    this.#count = 0;
    this.#used = 0;
  }
}
