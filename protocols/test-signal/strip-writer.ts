import { crc32, setU16, setU32 } from "@bilbycast/foundation/bytes";
import { BLACK, WHITE } from "./colour.ts";
import { even, type Planes } from "./planes.ts";
import { bitOf, STRIP_BYTES, STRIP_COLUMNS, STRIP_FIELDS, STRIP_ROW_SHARE, STRIP_ROWS, syncOf } from "./strip-layout.ts";

/** Draws the strip of a source into frames of one size. */
export class StripWriter {
  readonly #planes: Planes;
  readonly #bytes = new Uint8Array(STRIP_BYTES);

  /** `sourceId`: 32 bits. */
  constructor(planes: Planes, sourceId: number) {
    this.#planes = planes;
    setU32(this.#bytes, 0, sourceId);
  }

  /** The strip has no colour: once for each buffer. */
  prepare(frame: Uint8Array): void {
    const { width, height } = this.#planes;
    this.#planes.fill(frame, 0, 0, width, even(STRIP_ROWS * STRIP_ROW_SHARE * height + 1), BLACK);
  }

  /** `number`: of the frame, its lower 32 bits are kept. `timeMs`: since the epoch. */
  draw(frame: Uint8Array, number: number, timeMs: number): void {
    const bytes = this.#bytes;
    setU32(bytes, 4, number % 2 ** 32);
    setU16(bytes, 8, Math.floor(timeMs / 2 ** 32) & 0xffff);
    setU32(bytes, 10, timeMs % 2 ** 32);
    setU32(bytes, STRIP_FIELDS, crc32(bytes, 0, STRIP_FIELDS));
    for (let row = 0; row < STRIP_ROWS; row++) {
      this.#drawRow(frame, row);
    }
  }

  #drawRow(frame: Uint8Array, row: number): void {
    const { width, height } = this.#planes;
    const top = Math.round(row * STRIP_ROW_SHARE * height) * width;
    const end = Math.round((row + 1) * STRIP_ROW_SHARE * height) * width;
    let left = 0;
    for (let column = 0; column < STRIP_COLUMNS; column++) {
      const block = row * STRIP_COLUMNS + column;
      const sync = syncOf(block);
      const right = Math.round(((column + 1) * width) / STRIP_COLUMNS);
      frame.fill((sync < 0 ? bitOf(this.#bytes, block) : sync) === 1 ? WHITE[0] : BLACK[0], top + left, top + right);
      left = right;
    }
    for (let at = top + width; at < end; at += width) {
      frame.copyWithin(at, top, top + width);
    }
  }
}
