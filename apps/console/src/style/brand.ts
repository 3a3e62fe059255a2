import { contrast } from "./contrast.ts";

/** What a brand colour stands on and must not be taken for, as `#rrggbb` or `#rgb`. */
export type BrandGround = { panel: string; pgm: string };

/** What becomes of a colour: as it is, moved until it can be seen, or grey since it would be taken for what is on air. */
export type Brand = { is: "as chosen" | "moved"; color: string } | { is: "too near to on air" };

/** The least contrast of a shape (WCAG 2.2, 1.4.11), and Lab units from the red of what is on air. */
const LEAST_CONTRAST = 3;
const LEAST_DISTANCE = 40;

/** How a group's colour is shown. It is one of a stripe and a mark alone. */
export const brandOn = (color: string, { panel, pgm }: BrandGround): Brand => {
  if (distance(labOf(color), labOf(pgm)) < LEAST_DISTANCE) {
    return { is: "too near to on air" };
  }
  if (contrast(color, panel) >= LEAST_CONTRAST) {
    return { is: "as chosen", color };
  }
  const [lightness, a, b] = labOf(color);
  const step = labOf(panel)[0] < 50 ? 1 : -1;
  for (let moved = Math.round(lightness) + step; moved >= 0 && moved <= 100; moved += step) {
    const next = hexOf([moved, a, b]);
    if (contrast(next, panel) >= LEAST_CONTRAST) {
      // On its way it may come near to the red, or lose its hue at the end of the scale.
      return distance(labOf(next), labOf(pgm)) < LEAST_DISTANCE ? { is: "too near to on air" } : { is: "moved", color: next };
    }
  }
  return { is: "moved", color: step > 0 ? "#ffffff" : "#000000" };
};

/** CIE 1976 L*a*b*, D65. */
type Lab = readonly [lightness: number, a: number, b: number];

const WHITE = [0.95047, 1, 1.08883] as const;
const EPSILON = (6 / 29) ** 3;

const distance = (one: Lab, other: Lab): number => Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);

const labOf = (color: string): Lab => {
  const digits = color.length === 4 ? color.replaceAll(/[0-9a-f]/gi, "$&$&") : color;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => toLinear(Number.parseInt(digits.slice(at, at + 2), 16) / 255));
  const [x, y, z] = [
    0.4124564 * red + 0.3575761 * green + 0.1804375 * blue,
    0.2126729 * red + 0.7151522 * green + 0.072175 * blue,
    0.0193339 * red + 0.119192 * green + 0.9503041 * blue,
  ].map((value, i) => toCube(value / (WHITE[i] ?? 1))) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};

/** Outside of what a screen can show it is cut off. */
const hexOf = ([lightness, a, b]: Lab): string => {
  const fy = (lightness + 16) / 116;
  const [x, y, z] = [fy + a / 500, fy, fy - b / 200].map((value, i) => fromCube(value) * (WHITE[i] ?? 1)) as [number, number, number];
  const channels = [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ];
  return `#${channels.map((value) => byteOf(value).toString(16).padStart(2, "0")).join("")}`;
};

const toLinear = (share: number): number => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
const byteOf = (linear: number): number => {
  const share = linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(Math.min(1, Math.max(0, share)) * 255);
};
const toCube = (value: number): number => (value > EPSILON ? Math.cbrt(value) : value / (3 * (6 / 29) ** 2) + 4 / 29);
const fromCube = (value: number): number => (value ** 3 > EPSILON ? value ** 3 : 3 * (6 / 29) ** 2 * (value - 4 / 29));
