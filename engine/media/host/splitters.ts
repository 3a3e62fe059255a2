/** Longest piece that is kept while its end has not come. Bytes. */
const MOST_WAITING = 64 * 1_024 * 1_024;

/** Bytes that wait for what completes them. */
class Waiting {
  bytes: Uint8Array = new Uint8Array(0);

  push(more: Uint8Array): void {
    if (this.bytes.length + more.length > MOST_WAITING) {
      this.bytes = new Uint8Array(0);
    }
    const joined = new Uint8Array(this.bytes.length + more.length);
    joined.set(this.bytes);
    joined.set(more, this.bytes.length);
    this.bytes = joined;
  }

  /** Takes the first `length` bytes out. */
  take(length: number): Uint8Array {
    const taken = this.bytes.slice(0, length);
    this.bytes = this.bytes.subarray(length);
    return taken;
  }
}

const ACCESS_UNIT_DELIMITER = 9;
const IDR = 5;

/** Cuts an H.264 byte stream before each access unit delimiter. */
export class H264Splitter {
  readonly #give: (unit: Uint8Array, isKey: boolean) => void;
  readonly #waiting = new Waiting();
  /** Up to here there is no second delimiter. */
  #searched = 4;

  constructor(give: (unit: Uint8Array, isKey: boolean) => void) {
    this.#give = give;
  }

  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    for (;;) {
      const { bytes: all } = this.#waiting;
      let at = this.#searched;
      while (at + 4 < all.length && !(isStart(all, at) && typeAt(all, at) === ACCESS_UNIT_DELIMITER)) {
        at++;
      }
      this.#searched = Math.max(4, at);
      if (at + 4 >= all.length) {
        return;
      }
      // A start code may have one more zero in front.
      const unit = this.#waiting.take(all[at - 1] === 0 ? at - 1 : at);
      this.#searched = 4;
      this.#give(unit, hasType(unit, IDR));
    }
  }
}

const isStart = (bytes: Uint8Array, at: number): boolean => bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1;
const typeAt = (bytes: Uint8Array, at: number): number => (bytes[at + 3] ?? 0) & 31;

const hasType = (unit: Uint8Array, type: number): boolean => {
  for (let at = 0; at + 3 < unit.length; at++) {
    if (isStart(unit, at) && typeAt(unit, at) === type) {
      return true;
    }
  }
  return false;
};

/** Cuts ADTS frames by the length in their headers. */
export class AdtsSplitter {
  readonly #give: (frame: Uint8Array) => void;
  readonly #waiting = new Waiting();

  constructor(give: (frame: Uint8Array) => void) {
    this.#give = give;
  }

  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    for (;;) {
      const { bytes: all } = this.#waiting;
      const length = (((all[3] ?? 0) & 3) << 11) | ((all[4] ?? 0) << 3) | ((all[5] ?? 0) >> 5);
      if (all.length < 7 || length < 7 || all.length < length) {
        return;
      }
      this.#give(this.#waiting.take(length));
    }
  }
}

/** Cuts JPEGs behind their end marker, which stands nowhere else. */
export class JpegSplitter {
  readonly #give: (jpeg: Uint8Array) => void;
  readonly #waiting = new Waiting();

  constructor(give: (jpeg: Uint8Array) => void) {
    this.#give = give;
  }

  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    for (;;) {
      const { bytes: all } = this.#waiting;
      let at = 0;
      while (at + 1 < all.length && !(all[at] === 0xff && all[at + 1] === 0xd9)) {
        at++;
      }
      if (at + 1 >= all.length) {
        return;
      }
      this.#give(this.#waiting.take(at + 2));
    }
  }
}
