import assert from "node:assert/strict";
import { test } from "node:test";
import { labelWidth } from "./label-width.ts";

/** As a browser measured them in the font. */
const MEASURED: readonly [label: string, width: number][] = [
  ["MATCH", 70.02],
  ["REPLAY A", 96.56],
  ["MAN REM", 94.75],
  ["INTERVW", 96.8],
  ["LINE-UP", 84.3],
  ["HBR LIVE", 94.36],
  ["BARS", 54.85],
];

test("a label is never wider than it is taken for, and hardly narrower", () => {
  for (const [label, width] of MEASURED) {
    const taken = labelWidth(label);
    assert.ok(taken >= width && taken < width * 1.12, `${label}: ${taken} for ${width}`);
  }
});

test("a letter of another script is taken for a wide one", () => {
  assert.ok(labelWidth("Ж") > labelWidth("W"));
});
