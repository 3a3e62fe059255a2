import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphRow } from "./font.ts";
import type { Planes } from "./planes.ts";

/** Samples that so many letters take, without the gap behind the last. */
export const textWidth = (letters: number, scale: number): number => (letters * GLYPH_ADVANCE - 1) * scale;

/** Draws letters into the luma, each dot `scale` samples wide and high; what is between the dots stays. Makes no object. */
export const drawText = (
  planes: Planes,
  frame: Uint8Array,
  codes: Uint8Array,
  count: number,
  x: number,
  y: number,
  scale: number,
  luma: number,
): void => {
  for (let i = 0; i < count; i++) {
    const left = x + i * GLYPH_ADVANCE * scale;
    for (let row = 0; row < GLYPH_HEIGHT; row++) {
      const bits = glyphRow(codes[i] ?? 0, row);
      for (let dot = 0; dot < GLYPH_WIDTH; dot++) {
        if (((bits >> (GLYPH_WIDTH - 1 - dot)) & 1) === 1) {
          planes.fillLuma(frame, left + dot * scale, y + row * scale, scale, scale, luma);
        }
      }
    }
  }
};
