import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { contrast, palettesOf, type Theme } from "./contrast.ts";

const palettes = palettesOf(readFileSync(new URL("tokens.css", import.meta.url), "utf8"));

const TEXT = 4.5;
const SHAPE = 3;

/** A pair as it stands on the screen, what it needs, and what it has had since it was chosen: dark, light, high contrast. */
const PAIRS: [ink: string, ground: string, least: number, known: [number, number, number], except?: Theme][] = [
  ["text", "panel", TEXT, [15.6, 17.2, 21]],
  ["text-2", "panel", TEXT, [9.5, 9, 18.4]],
  ["text-3", "panel", TEXT, [6, 5.9, 14.5]],
  ["text-3", "hover", TEXT, [4.7, 5, 9.7]],
  ["line-3", "panel", SHAPE, [4, 3.7, 13.6]],
  ["on-inverse", "inverse", TEXT, [16.7, 17.9, 21]],
  ["on-pgm", "pgm", TEXT, [5.2, 6.1, 5.4]],
  ["on-pvw", "pvw", TEXT, [8.3, 5.2, 15.7]],
  ["on-pend", "pend", TEXT, [9, 9, 11.5]],
  ["on-comm", "comm", TEXT, [7.3, 6.5, 11.2]],
  ["on-warn", "warn", TEXT, [13.3, 13.3, 17.5]],
  ["on-crit", "crit", TEXT, [8.1, 6.8, 10.1]],
  ["pgm", "panel", SHAPE, [3.4, 5.9, 3.9]],
  ["pvw", "panel", SHAPE, [7.8, 3.5, 15.7]],
  // In light these fills carry an edge in their ink, which has rows of its own.
  ["pend", "panel", SHAPE, [8.3, 2, 11.5], "light"],
  ["comm", "panel", SHAPE, [6.8, 6.2, 11.2]],
  ["warn", "panel", SHAPE, [12.7, 1.3, 17.5], "light"],
  ["crit", "panel", TEXT, [7.3, 6.5, 10.1]],
  ["ok", "panel", SHAPE, [7.6, 4.9, 14.9]],
  ["pgm-text", "pgm-wash", TEXT, [7, 5.9, 7.8]],
  ["pvw-text", "panel", TEXT, [9.8, 6.6, 15.7]],
  ["pend-text", "pend-wash", TEXT, [8.9, 6, 8.7]],
  ["comm-text", "comm-wash", TEXT, [8.2, 6.7, 8.9]],
  ["crit", "crit-wash", TEXT, [7.3, 5.5, 8.4]],
  ["pend-text", "panel", TEXT, [9.4, 6.6, 11.5]],
  ["warn-ink", "panel", TEXT, [12.7, 6.6, 17.5]],
];

for (const [index, theme] of (["dark", "light", "contrast"] as const).entries()) {
  test(`every pair of the ${theme} theme can be told apart, as well as it always could`, () => {
    const palette = palettes[theme];

    for (const [ink, ground, least, known, except] of PAIRS) {
      const ratio = contrast(palette.get(ink) ?? "", palette.get(ground) ?? "");
      const pair = `${ink} on ${ground} has ${ratio.toFixed(2)}`;

      assert.ok(except === theme || ratio >= least, `${pair}, needs ${least}`);
      assert.ok(Math.abs(ratio - (known[index] ?? 0)) < 0.1, `${pair}, the table says ${known[index]}`);
    }
  });
}

test("text can be read on every ground it stands on", () => {
  for (const [theme, palette] of Object.entries(palettes)) {
    for (const ground of ["well", "page", "panel", "raised", "hover"]) {
      for (const ink of ["text", "text-2", "text-3"]) {
        const ratio = contrast(palette.get(ink) ?? "", palette.get(ground) ?? "");
        assert.ok(ratio >= TEXT, `${theme}: ${ink} on ${ground} has ${ratio.toFixed(2)}`);
      }
    }
  }
});

test("black on white is 21 to 1, and short hex is the same colour", () => {
  assert.equal(contrast("#000", "#ffffff"), 21);
  assert.equal(contrast("#fff", "#ffffff"), 1);
});
