import type { AccessUnit } from "./access-unit.ts";

/** PTS and DTS: 33 bits of 90 kHz. */
const STAMP_HZ = 90_000;
const STAMP_WRAP = 2 ** 33;
/** A longer pause, or a step back, is a break of the time base. */
const PAUSE_MAX = 2 * STAMP_HZ;
/** Frames over which the rate is averaged: enough that 59.94 comes out to four digits. */
const RATE_FRAMES = 64;
/** Between two anchors (I or P) at most; more count as so many. */
const B_MAX = 16;

/** What `GopMeter` knows; a field is absent until it was seen. */
export type GopFacts = {
  /** Frames of the last complete GOP: from one random access point to before the next. */
  length?: number;
  /** Over all complete ones. */
  shortest?: number;
  longest?: number;
  /** Complete GOPs. */
  count: number;
  /** In order of showing, up to the second anchor: "I" (intra only), "IP", "IBBP"; by the commonest number of B in the last complete GOP. */
  structure?: string;
  /** The last random access point was closed: nothing behind it refers to what was before. */
  closed?: boolean;
  /** Frames per second, by the DTS. */
  framesPerSecond?: number;
};

/** Measures GOPs and the frame rate from access units in order of decoding. Two fields are one frame. Control rate. */
export class GopMeter {
  /** Frames since the last random access point; -1 before the first. */
  #frames = -1;
  #runs = new Uint32Array(B_MAX + 1);
  #run = 0;
  #anchors = 0;
  #predicted = 0;
  #facts: GopFacts = { count: 0 };
  #lastDts = -1;
  #sinceDts = 0;
  readonly #rate = new RateWindow();

  add(unit: AccessUnit): void {
    this.#time(unit);
    if (unit.secondField) {
      return;
    }
    if (unit.randomAccess) {
      this.#complete();
      this.#frames = 0;
      this.#facts.closed = unit.closed;
    }
    if (this.#frames >= 0) {
      this.#frames++;
      this.#structure(unit);
    }
  }

  /** A copy. */
  get facts(): GopFacts {
    const framesPerSecond = this.#rate.framesPerSecond;
    return framesPerSecond === undefined ? { ...this.#facts } : { ...this.#facts, framesPerSecond };
  }

  /** The stream broke: what is half is forgotten, what was measured stays. */
  break(): void {
    this.#frames = -1;
    this.#clear();
    this.#lastDts = -1;
  }

  #structure({ pictureType }: AccessUnit): void {
    if (pictureType === "B") {
      this.#run = Math.min(B_MAX, this.#run + 1);
      return;
    }
    // Between the I and the first P of a closed GOP there is never a B.
    if (this.#anchors > 1 || (this.#anchors === 1 && this.#run > 0)) {
      this.#runs[this.#run] = (this.#runs[this.#run] ?? 0) + 1;
    }
    this.#anchors++;
    this.#predicted += pictureType === "P" ? 1 : 0;
    this.#run = 0;
  }

  #complete(): void {
    const length = this.#frames;
    if (length > 0) {
      // The B pictures behind the last anchor are followed in showing by the I picture that comes now, or by nothing.
      this.#runs[this.#run] = (this.#runs[this.#run] ?? 0) + (this.#run > 0 ? 1 : 0);
      const bPictures = commonest(this.#runs);
      const facts = this.#facts;
      facts.length = length;
      facts.shortest = Math.min(facts.shortest ?? length, length);
      facts.longest = Math.max(facts.longest ?? length, length);
      facts.count++;
      facts.structure = `I${"B".repeat(bPictures)}${this.#predicted > 0 ? "P" : bPictures > 0 ? "I" : ""}`;
    }
    this.#clear();
  }

  #clear(): void {
    this.#runs.fill(0);
    this.#run = 0;
    this.#anchors = 0;
    this.#predicted = 0;
  }

  #time({ dts, secondField }: AccessUnit): void {
    this.#sinceDts += secondField ? 0 : 1;
    if (dts < 0 || secondField) {
      return;
    }
    const ticks = (dts - this.#lastDts + STAMP_WRAP) % STAMP_WRAP;
    if (this.#lastDts >= 0 && ticks > 0 && ticks <= PAUSE_MAX) {
      this.#rate.add(this.#sinceDts, ticks);
    } else if (this.#lastDts >= 0) {
      this.#rate.clear();
    }
    this.#lastDts = dts;
    this.#sinceDts = 0;
  }
}

const commonest = (runs: Uint32Array): number => {
  let best = 0;
  for (let run = 1; run < runs.length; run++) {
    best = (runs[run] ?? 0) > (runs[best] ?? 0) ? run : best;
  }
  return best;
};

/** The last steps of the clock, a ring. */
class RateWindow {
  readonly #frames = new Uint32Array(RATE_FRAMES);
  readonly #ticks = new Uint32Array(RATE_FRAMES);
  #count = 0;

  add(frames: number, ticks: number): void {
    const slot = this.#count % RATE_FRAMES;
    this.#frames[slot] = frames;
    this.#ticks[slot] = ticks;
    this.#count++;
  }

  clear(): void {
    this.#count = 0;
  }

  /** `undefined` before two stamps came. */
  get framesPerSecond(): number | undefined {
    let frames = 0;
    let ticks = 0;
    for (let i = 0; i < Math.min(this.#count, RATE_FRAMES); i++) {
      frames += this.#frames[i] ?? 0;
      ticks += this.#ticks[i] ?? 0;
    }
    return ticks === 0 ? undefined : (frames * STAMP_HZ) / ticks;
  }
}
