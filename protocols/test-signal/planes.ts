import { check } from "@bilbycast/foundation/check";
import type { Colour } from "./colour.ts";

const SMALLEST = 64;
const LARGEST_WIDTH = 7_680;
const LARGEST_HEIGHT = 4_320;

/** Where things lie in a planar 4:2:0 frame of 8 bits whose planes follow each other without padding: Y', C'B, C'R. */
export class Planes {
  readonly width: number;
  readonly height: number;
  /** Bytes of a frame, and where its C'B and C'R begin. */
  readonly size: number;
  readonly cb: number;
  readonly cr: number;

  /** `width`: 64 to 7680, `height`: 64 to 4320, both even. */
  constructor(width: number, height: number) {
    const isEven = width % 2 === 0 && height % 2 === 0;
    check(
      isEven && width >= SMALLEST && height >= SMALLEST && width <= LARGEST_WIDTH && height <= LARGEST_HEIGHT,
      "a picture has its size",
    );
    this.width = width;
    this.height = height;
    this.cb = width * height;
    this.cr = this.cb + this.cb / 4;
    this.size = this.cr + this.cb / 4;
  }

  /** Fills a rectangle whose four numbers are even. */
  fill(frame: Uint8Array, x: number, y: number, width: number, height: number, [luma, cb, cr]: Colour): void {
    this.fillLuma(frame, x, y, width, height, luma);
    const stride = this.width / 2;
    for (let row = y / 2; row < (y + height) / 2; row++) {
      const at = row * stride + x / 2;
      frame.fill(cb, this.cb + at, this.cb + at + width / 2);
      frame.fill(cr, this.cr + at, this.cr + at + width / 2);
    }
  }

  /** Fills a rectangle of the luma; its colour stays. */
  fillLuma(frame: Uint8Array, x: number, y: number, width: number, height: number, luma: number): void {
    for (let row = y; row < y + height; row++) {
      frame.fill(luma, row * this.width + x, row * this.width + x + width);
    }
  }
}

/** The next even number. */
export const even = (value: number): number => 2 * Math.round(value / 2);
