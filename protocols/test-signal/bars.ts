import { BLACK, colourOf, greyOf, WHITE, type Colorimetry, type Colour } from "./colour.ts";
import { even, type Planes } from "./planes.ts";

/** A field of a row: how wide it is, and its colour; "ramp" rises from black to white. */
type Field = readonly [share: number, colour: Colour | "ramp"];
type Row = { share: number; fields: readonly Field[] };

/**
 * Colour bars over the whole frame. HD: SMPTE RP 219-1 with 75 % white under the bars and black before the ramp.
 * SD: SMPTE EG 1-1990. Edges are rounded to even samples and not shaped.
 */
export const drawBars = (planes: Planes, frame: Uint8Array, colorimetry: Colorimetry): void => {
  const rows = colorimetry === "bt709" ? hdRows() : sdRows();
  let done = 0;
  for (const { share, fields } of rows) {
    const top = even(done * planes.height);
    done += share;
    drawRow(planes, frame, top, even(done * planes.height) - top, fields);
  }
};

const drawRow = (planes: Planes, frame: Uint8Array, top: number, height: number, fields: readonly Field[]): void => {
  const total = fields.reduce((sum, [share]) => sum + share, 0);
  let done = 0;
  for (const [share, colour] of fields) {
    const left = even((done / total) * planes.width);
    done += share;
    const width = even((done / total) * planes.width) - left;
    planes.fill(frame, left, top, width, height, colour === "ramp" ? BLACK : colour);
    if (colour === "ramp") {
      drawRamp(planes, frame, left, top, width, height);
    }
  }
};

const drawRamp = (planes: Planes, frame: Uint8Array, left: number, top: number, width: number, height: number): void => {
  const first = top * planes.width + left;
  for (let x = 0; x < width; x++) {
    frame[first + x] = Math.round(16 + (219 * x) / Math.max(1, width - 1));
  }
  for (let row = 1; row < height; row++) {
    frame.copyWithin(first + row * planes.width, first, first + width);
  }
};

/** White, yellow, cyan, green, magenta, red, blue, each component `level` or 0. */
const sevenBars = (level: number, colorimetry: Colorimetry): Colour[] =>
  [7, 6, 3, 2, 5, 4, 1].map((bits) => colourOf((bits >> 2) * level, ((bits >> 1) & 1) * level, (bits & 1) * level, colorimetry));

/** RP 219-1: widths in sevenths of the middle three quarters; the sides take an eighth of the width each. */
const SIDE = 7 / 6;

const hdRows = (): Row[] => {
  const full = (red: number, green: number, blue: number): Colour => colourOf(red, green, blue, "bt709");
  const framed = (left: Colour, right: Colour, fields: readonly Field[]): Field[] => [[SIDE, left], ...fields, [SIDE, right]];
  const bars = sevenBars(0.75, "bt709").map((colour): Field => [1, colour]);
  const [grey40, grey15] = [greyOf(40), greyOf(15)];
  const pluge: Field[] = [-2, 0, 2, 0, 4].map((percent) => [1 / 3, greyOf(percent)]);
  return [
    { share: 7 / 12, fields: framed(grey40, grey40, bars) },
    { share: 1 / 12, fields: framed(full(0, 1, 1), full(0, 0, 1), [[7, greyOf(75)]]) },
    {
      share: 1 / 12,
      fields: framed(full(1, 1, 0), full(1, 0, 0), [
        [1, BLACK],
        [5, "ramp"],
        [1, WHITE],
      ]),
    },
    { share: 3 / 12, fields: framed(grey15, grey15, [[3 / 2, BLACK], [2, WHITE], [5 / 6, BLACK], ...pluge, [1, BLACK]]) },
  ];
};

/** -I and +Q of NTSC, 20 IRE high on the level of black. EG 1-1990. */
const MINUS_I: Colour = [16, 158, 95];
const PLUS_Q: Colour = [16, 175, 149];
/** 4 IRE, of 92.5 IRE from black to white, in per cent. */
const PLUGE_STEP = 400 / 92.5;

const sdRows = (): Row[] => {
  const bars = sevenBars(0.75, "bt601");
  const [, , cyan = BLACK, , magenta = BLACK, , blue = BLACK] = bars;
  const castellations = [blue, BLACK, magenta, BLACK, cyan, BLACK, greyOf(75)];
  const pluge: Field[] = [-PLUGE_STEP, 0, PLUGE_STEP].map((percent) => [1 / 3, greyOf(percent)]);
  return [
    { share: 8 / 12, fields: bars.map((colour) => [1, colour]) },
    { share: 1 / 12, fields: castellations.map((colour) => [1, colour]) },
    { share: 3 / 12, fields: [[5 / 4, MINUS_I], [5 / 4, WHITE], [5 / 4, PLUS_Q], [5 / 4, BLACK], ...pluge, [1, BLACK]] },
  ];
};
