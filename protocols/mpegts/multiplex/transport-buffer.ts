import { PCR_HZ } from "../media-time.ts";
import { PACKET_SIZE } from "../packet.ts";

/** Bytes of a decoder's transport buffer. ISO/IEC 13818-1 §2.4.2.3: TBSn. */
const SIZE = 512;

/** The first buffer of the model decoder: packets of a PID fall into it at the multiplex's rate and leave it at a rate of the stream's. */
export class TransportBuffer {
  readonly #bytesPerTick: number;
  #level = 0;
  #at = 0;

  /** `leakRate`: bits per second (Rxn); Infinity: it is always empty. */
  constructor(leakRate: number) {
    this.#bytesPerTick = leakRate / 8 / PCR_HZ;
  }

  hasRoom(ticks: number): boolean {
    return this.#bytesPerTick === Infinity || this.#levelAt(ticks) + PACKET_SIZE <= SIZE;
  }

  add(ticks: number): void {
    if (this.#bytesPerTick === Infinity) {
      return;
    }
    this.#level = this.#levelAt(ticks) + PACKET_SIZE;
    this.#at = ticks;
  }

  #levelAt(ticks: number): number {
    return Math.max(0, this.#level - (ticks - this.#at) * this.#bytesPerTick);
  }
}
