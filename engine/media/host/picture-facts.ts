/** Blocks of a picture, across and down. */
const ACROSS = 16;
const DOWN = 9;

export type PictureFacts = { luma: number; brightest: number; change: number };

/** A block that differs by more has moved. Real stills are coded anew with each key picture, and differ by one or so. */
const MOVED = 2.5;

/** What a machine can tell of a picture by its luma, and of how it differs from the last one that had moved: slow changes add up. */
export class PictureWatch {
  readonly #width: number;
  readonly #height: number;
  readonly #last: Uint8Array;
  #hasLast = false;

  /** Luma of `width` x `height`, row by row. */
  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#last = new Uint8Array(width * height);
  }

  /** `change` is the largest of a block: a clock that runs in a still picture moves one block, noise moves all of them a little. */
  look(luma: Uint8Array): PictureFacts {
    let total = 0;
    let brightest = 0;
    let change = 0;
    for (let row = 0; row < DOWN; row++) {
      for (let column = 0; column < ACROSS; column++) {
        const { sum, difference, area } = this.#block(luma, column, row);
        total += sum;
        brightest = Math.max(brightest, sum / area);
        change = Math.max(change, difference / area);
      }
    }
    const facts = { luma: total / luma.length, brightest, change: this.#hasLast ? change : -1 };
    if (!this.#hasLast || change > MOVED) {
      this.#last.set(luma);
      this.#hasLast = true;
    }
    return facts;
  }

  #block(luma: Uint8Array, column: number, row: number): { sum: number; difference: number; area: number } {
    const [left, right] = [Math.floor((column * this.#width) / ACROSS), Math.floor(((column + 1) * this.#width) / ACROSS)];
    const [top, bottom] = [Math.floor((row * this.#height) / DOWN), Math.floor(((row + 1) * this.#height) / DOWN)];
    let sum = 0;
    let difference = 0;
    for (let y = top; y < bottom; y++) {
      for (let at = y * this.#width + left, end = y * this.#width + right; at < end; at++) {
        const value = luma[at] ?? 0;
        sum += value;
        difference += Math.abs(value - (this.#last[at] ?? 0));
      }
    }
    return { sum, difference, area: Math.max(1, (right - left) * (bottom - top)) };
  }
}
