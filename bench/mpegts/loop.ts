import { readFileSync } from "node:fs";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { hasAdaptationField, hasPcr, PACKET_SIZE, PCR_WRAP, readPcr, UNIT_PACKETS, UNIT_SIZE, writePcr } from "@bilbycast/protocols/mpegts";

const TICKS_PER_MICROSECOND = 27;

/** Where the packets of a loop lie. */
export type Place = { bytes: Uint8Array; base: number };

/** The memory of a thread that gets copies. */
export const ofItsOwn = (size: number): Place => ({ bytes: new Uint8Array(size), base: 0 });

/** Units of a file in memory that come again and again, at an even rate; their clocks go on and do not jump. */
export class Loop {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly units: number;
  /** Microseconds from one unit to the next. */
  readonly interval: number;
  /** A machine that has been up for days: a number that is no small integer. */
  #now = 1e11;
  readonly #clocks: number[] = [];

  /** Units [from, from + units) of the file; to its end where it has no more. `rate`: bits per second. */
  constructor(file: string, rate: number, place: (size: number) => Place, units = Infinity, from = 0) {
    const all = readFileSync(file);
    this.units = Math.min(units, Math.floor(all.length / UNIT_SIZE) - from);
    const size = this.units * UNIT_SIZE;
    ({ bytes: this.bytes, base: this.base } = place(size));
    this.bytes.set(all.subarray(from * UNIT_SIZE, from * UNIT_SIZE + size), this.base);
    this.interval = (UNIT_SIZE * 8 * 1e6) / rate;
    for (let at = this.base; at < this.base + size; at += PACKET_SIZE) {
      if (hasAdaptationField(this.bytes, at) && hasPcr(this.bytes, at)) {
        this.#clocks.push(at);
      }
    }
  }

  get packets(): number {
    return this.units * UNIT_PACKETS;
  }

  /** Where the unit lies. */
  at(unit: number): number {
    return this.base + unit * UNIT_SIZE;
  }

  /** The next unit arrives. */
  tick(): Instant {
    this.#now += this.interval;
    return instant(Math.floor(this.#now));
  }

  /** Begins again: the clocks say that time has gone on. */
  wind(): void {
    const { bytes, units, interval } = this;
    const passed = Math.round(units * interval * TICKS_PER_MICROSECOND);
    for (const at of this.#clocks) {
      writePcr(bytes, at, (readPcr(bytes, at) + passed) % PCR_WRAP);
    }
  }
}
