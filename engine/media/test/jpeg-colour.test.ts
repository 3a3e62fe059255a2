import assert from "node:assert/strict";
import { test } from "node:test";
import { toJpegColour, type ColourMatrix, type Planes } from "../host/jpeg-colour.ts";

const WEIGHTS = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] } as const;
const COLOURS = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
  [0, 0, 0],
  [255, 255, 255],
  [20, 90, 200],
] as const;

/** Luma and colour differences of full range. */
const coded = (matrix: ColourMatrix, [red, green, blue]: readonly [number, number, number]): number[] => {
  const [kr, kb] = WEIGHTS[matrix];
  const luma = kr * red + (1 - kr - kb) * green + kb * blue;
  return [luma, 128 + (blue - luma) / (2 * (1 - kb)), 128 + (red - luma) / (2 * (1 - kr))];
};

/** A picture of 4 by 2 in rows of 6 and 3, all of one colour; what lies behind a row is 7. */
const pictureOf = ([luma = 0, blue = 0, red = 0]: number[]): Planes => {
  const chroma = (value: number): Uint8ClampedArray => Uint8ClampedArray.from([value, value, 7]);
  return {
    luma: Uint8ClampedArray.from([luma, luma, luma, luma, 7, 7, luma, luma, luma, luma, 7, 7]),
    blue: chroma(blue),
    red: chroma(red),
    lumaStride: 6,
    chromaStride: 3,
  };
};

for (const matrix of ["bt709", "bt2020", "bt601"] as const) {
  test(`colours of ${matrix} are the same in the matrix of a JPEG, and nothing beside the picture is touched`, () => {
    for (const colour of COLOURS) {
      const picture = pictureOf(coded(matrix, colour));
      toJpegColour(matrix, picture, 4, 2);

      const wanted = pictureOf(coded("bt601", colour));
      for (const plane of ["luma", "blue", "red"] as const) {
        for (const [i, value] of wanted[plane].entries()) {
          assert.ok(
            Math.abs((picture[plane][i] ?? 0) - value) <= 1,
            `${colour.join()}: ${plane} ${picture[plane].join()}, not ${wanted[plane].join()}`,
          );
        }
      }
    }
  });
}
