import { readS302mHeader, S302M_RATE, type S302mHeader } from "@bilbycast/protocols/s302m";
import type { AudioFacts } from "./form.ts";
import type { PesSink } from "./stream-reader.ts";

const HEADER_SIZE = 4;

/** Reads the header of each PES packet of SMPTE 302M. */
export class S302mReader implements PesSink<AudioFacts> {
  readonly #head = new Uint8Array(HEADER_SIZE);
  #held = HEADER_SIZE;
  #header: S302mHeader | undefined;

  begin(): void {
    this.#held = 0;
  }

  payload(bytes: Uint8Array, from: number, end: number): void {
    for (let at = from; at < end && this.#held < HEADER_SIZE; at++) {
      this.#head[this.#held++] = bytes[at] ?? 0;
      if (this.#held === HEADER_SIZE) {
        this.#header = readS302mHeader(this.#head, 0) ?? this.#header;
      }
    }
  }

  break(): void {
    this.#held = HEADER_SIZE;
  }

  tick(): void {
    // Nothing ages.
  }

  get facts(): AudioFacts {
    const header = this.#header;
    return header === undefined ? {} : { sample_rate_hz: S302M_RATE, channels: header.channels, bits_per_sample: header.bits };
  }
}
