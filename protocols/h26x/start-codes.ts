/** Takes what lies between two start codes. */
export type UnitSink = {
  /**
   * Bytes [0, size) of `head` are the unit from the byte after its start code on; they are overwritten after the call. `whole`: the unit
   * ends there, with any stuffing of zeros before the next prefix; otherwise it goes on and its rest is not reported. `stamp` is what
   * was given before the unit began, -1 for none.
   */
  unit(head: Uint8Array, size: number, whole: boolean, stamp: number): void;
};

const NO_STAMP = -1;
const PREFIX_SIZE = 3;

/**
 * Finds the units of a byte stream of H.264 and HEVC (annex B) or MPEG-2 video: what stands between prefixes 00 00 01. Bytes come in
 * pieces of any size. Of each unit the first `headSize` bytes are kept and reported, once: at the unit's end, or as soon as it is
 * seen to be longer.
 */
export class StartCodes {
  readonly #sink: UnitSink;
  readonly #headSize: number;
  /** Room for the head, a prefix behind it, and one byte that shows that the unit goes on. */
  readonly #head: Uint8Array;
  #size = 0;
  /** Inside a unit; before the first start code there is none. */
  #open = false;
  #reported = false;
  /** Zeros at the end of what was seen, at most 2. */
  #zeros = 0;
  #stamp = NO_STAMP;
  #unitStamp = NO_STAMP;
  #units = 0;

  constructor(sink: UnitSink, headSize: number) {
    this.#sink = sink;
    this.#headSize = headSize;
    this.#head = new Uint8Array(headSize + PREFIX_SIZE + 1);
  }

  /** Units that began so far: what they cost does not depend on their bytes. */
  get units(): number {
    return this.#units;
  }

  /** The next unit that begins has this DTS (or another number of the caller, 0 or more). */
  stamp(value: number): void {
    this.#stamp = value;
  }

  /** Takes bytes [from, end). */
  push(bytes: Uint8Array, from: number, end: number): void {
    let kept = from;
    let at = from;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      if (byte > 1) {
        this.#zeros = 0;
        // With no zeros behind, a prefix cannot end before two bytes further on.
        const ahead = at + 3 < end ? (bytes[at + 3] ?? 0) : 0;
        at += ahead > 1 ? 4 : 1;
      } else if (byte === 0) {
        this.#zeros = Math.min(2, this.#zeros + 1);
        at++;
      } else {
        at++;
        if (this.#zeros === 2) {
          this.#keep(bytes, kept, at);
          this.#begin();
          kept = at;
        }
        this.#zeros = 0;
      }
    }
    this.#keep(bytes, kept, end);
  }

  /** The stream ends or breaks here: what is open is reported, and everything up to the next start code is passed over. */
  flush(): void {
    this.#finish();
    this.#open = false;
    this.#zeros = 0;
    this.#stamp = NO_STAMP;
  }

  /** Bytes are left out here: what is open was not seen to its end and is not reported, and the next unit begins with a start code. */
  skip(): void {
    this.#open = false;
    this.#zeros = 0;
  }

  #begin(): void {
    // The prefix itself came into the head too.
    this.#size = Math.max(0, this.#size - PREFIX_SIZE);
    this.#finish();
    this.#open = true;
    this.#units++;
    this.#reported = false;
    this.#size = 0;
    this.#unitStamp = this.#stamp;
    this.#stamp = NO_STAMP;
  }

  #finish(): void {
    if (!this.#open || this.#reported) {
      return;
    }
    if (this.#size > 0) {
      const size = Math.min(this.#size, this.#headSize);
      this.#sink.unit(this.#head, size, size === this.#size, this.#unitStamp);
    }
    this.#reported = true;
  }

  #keep(bytes: Uint8Array, from: number, end: number): void {
    if (!this.#open || this.#reported) {
      return;
    }
    const stop = Math.min(end, from + this.#head.length - this.#size);
    for (let i = from; i < stop; i++) {
      this.#head[this.#size++] = bytes[i] ?? 0;
    }
    if (this.#size === this.#head.length) {
      this.#reported = true;
      this.#sink.unit(this.#head, this.#headSize, false, this.#unitStamp);
    }
  }
}
