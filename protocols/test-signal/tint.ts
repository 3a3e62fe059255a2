import { colourOf, type Colorimetry, type Colour } from "./colour.ts";

/** Base colours in R'G'B', dark enough for white letters; the first three differ the most. */
const TINTS: readonly (readonly [red: number, green: number, blue: number])[] = [
  [0.05, 0.2, 0.65],
  [0.6, 0.08, 0.1],
  [0.03, 0.4, 0.15],
  [0.42, 0.1, 0.55],
  [0.6, 0.34, 0],
  [0, 0.38, 0.45],
];

/** How many base colours there are. */
export const TINT_COUNT = TINTS.length;

/** The base colour that a name has always, 0 to TINT_COUNT - 1. Names that must differ for sure get their colours by number. */
export const tintOf = (name: string): number => hashOf(name) % TINT_COUNT;

/** A source's number for the strip, 32 bits, that its name alone decides. FNV-1a over UTF-16 code units, stirred. */
export const hashOf = (name: string): number => {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x0100_0193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9_f3b5);
  return (hash ^ (hash >>> 15)) >>> 0;
};

/** `tint` is taken modulo TINT_COUNT. */
export const tintColour = (tint: number, colorimetry: Colorimetry): Colour => {
  const [red, green, blue] = TINTS[tint % TINT_COUNT] ?? [0, 0, 0];
  return colourOf(red, green, blue, colorimetry);
};
