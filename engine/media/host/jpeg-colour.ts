/** Weights of red and blue in the luma. ITU-R BT.601, BT.709, BT.2020. */
const WEIGHTS = { bt601: [0.299, 0.114], bt709: [0.212_6, 0.072_2], bt2020: [0.262_7, 0.059_3] } as const;

export type ColourMatrix = keyof typeof WEIGHTS;

/** The planes of a picture in 4:2:0, full range; rows of both chroma planes are `chromaStride` bytes apart. */
export type Planes = { luma: Uint8ClampedArray; blue: Uint8ClampedArray; red: Uint8ClampedArray; lumaStride: number; chromaStride: number };

/**
 * Makes of a picture of another matrix one of BT.601 in place: a JPEG has no other, and whoever shows it does not ask (JFIF). Without this
 * the green of HD is a sixth too bright.
 */
export const toJpegColour = (from: ColourMatrix, planes: Planes, width: number, height: number): void => {
  if (from === "bt601") {
    return;
  }
  const { luma, blue, red, lumaStride, chromaStride } = planes;
  const { lumaOfBlue, lumaOfRed, blueOfBlue, blueOfRed, redOfBlue, redOfRed } = FACTORS[from];
  for (let row = 0; row < height >> 1; row++) {
    for (let column = 0; column < width >> 1; column++) {
      const at = row * chromaStride + column;
      const b = (blue[at] ?? 128) - 128;
      const r = (red[at] ?? 128) - 128;
      // Grey stays what it is.
      if (b !== 0 || r !== 0) {
        blue[at] = 128 + blueOfBlue * b + blueOfRed * r;
        red[at] = 128 + redOfBlue * b + redOfRed * r;
        const more = lumaOfBlue * b + lumaOfRed * r;
        const top = 2 * (row * lumaStride + column);
        const bottom = top + lumaStride;
        luma[top] = (luma[top] ?? 0) + more;
        luma[top + 1] = (luma[top + 1] ?? 0) + more;
        luma[bottom] = (luma[bottom] ?? 0) + more;
        luma[bottom + 1] = (luma[bottom + 1] ?? 0) + more;
      }
    }
  }
};

/** What luma and both differences of BT.601 get of the differences of another matrix, by way of red, green and blue. */
const factorsOf = ([kr, kb]: readonly [number, number]) => {
  const [toRed, toBlue] = [2 * (1 - kr), 2 * (1 - kb)];
  const kg = 1 - kr - kb;
  const [toGreenOfRed, toGreenOfBlue] = [(-toRed * kr) / kg, (-toBlue * kb) / kg];
  const [jr, jb] = WEIGHTS.bt601;
  const jg = 1 - jr - jb;
  const lumaOfBlue = jg * toGreenOfBlue + jb * toBlue;
  const lumaOfRed = jg * toGreenOfRed + jr * toRed;
  return {
    lumaOfBlue,
    lumaOfRed,
    blueOfBlue: (toBlue - lumaOfBlue) / (2 * (1 - jb)),
    blueOfRed: -lumaOfRed / (2 * (1 - jb)),
    redOfBlue: -lumaOfBlue / (2 * (1 - jr)),
    redOfRed: (toRed - lumaOfRed) / (2 * (1 - jr)),
  };
};

const FACTORS = { bt709: factorsOf(WEIGHTS.bt709), bt2020: factorsOf(WEIGHTS.bt2020) };
