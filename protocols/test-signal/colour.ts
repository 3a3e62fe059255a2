/** Y', C'B and C'R of 8 bits, limited range: black is 16, white 235, no colour 128. */
export type Colour = readonly [y: number, cb: number, cr: number];

/** By which coefficients pictures are coded and to be shown: ITU-R BT.709 for HD, ITU-R BT.601 for SD. */
export type Colorimetry = "bt709" | "bt601";

/** Share of red and blue in luma. BT.709-6 §3.2, BT.601-7 §2.5.1. */
const WEIGHTS: Readonly<Record<Colorimetry, readonly [red: number, blue: number]>> = { bt709: [0.2126, 0.0722], bt601: [0.299, 0.114] };

const FIRST_HD_WIDTH = 1280;
const LAST_SD_HEIGHT = 576;

/** What a picture of this size is coded by; whoever encodes it says so in the stream. */
export const colorimetryOf = (width: number, height: number): Colorimetry =>
  width >= FIRST_HD_WIDTH || height > LAST_SD_HEIGHT ? "bt709" : "bt601";

/** The colour of R', G' and B' from 0 to 1, quantized to 8 bits. BT.709-6 §3.2 to §3.4, BT.601-7 §2.5. */
export const colourOf = (red: number, green: number, blue: number, colorimetry: Colorimetry): Colour => {
  const [r, b] = WEIGHTS[colorimetry];
  const luma = r * red + (1 - r - b) * green + b * blue;
  return [
    Math.round(16 + 219 * luma),
    Math.round(128 + (224 * (blue - luma)) / (2 * (1 - b))),
    Math.round(128 + (224 * (red - luma)) / (2 * (1 - r))),
  ];
};

/** Grey of a level in per cent; PLUGE goes below 0. */
export const greyOf = (percent: number): Colour => [Math.round(16 + (219 * percent) / 100), 128, 128];

export const BLACK = greyOf(0);
export const WHITE = greyOf(100);
