import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brandOn, type BrandGround } from "./brand.ts";
import { contrast, palettesOf, type Theme } from "./contrast.ts";

const PALETTES = palettesOf(readFileSync(new URL("tokens.css", import.meta.url), "utf8"));
const groundOf = (theme: Theme): BrandGround => ({ panel: PALETTES[theme].get("panel") ?? "", pgm: PALETTES[theme].get("pgm") ?? "" });
const THEMES = ["dark", "light", "contrast"] as const;

test("a colour that can be seen stays as it was chosen", () => {
  assert.deepEqual(brandOn("#4fd1c5", groundOf("dark")), { is: "as chosen", color: "#4fd1c5" });
  assert.deepEqual(brandOn("#7d2fd0", groundOf("light")), { is: "as chosen", color: "#7d2fd0" });
});

test("one that cannot be seen is moved until it can, in every theme, and keeps its hue", () => {
  for (const theme of THEMES) {
    const ground = groundOf(theme);
    for (const color of ["#16191c", "#0b2a6b", "#143d22", "#ffffff", "#fff7b0", "#c8f5d2", "#000000", "#4fd1c5", "#ffd400"]) {
      const brand = brandOn(color, ground);
      assert.ok(brand.is !== "too near to on air", `${color} in ${theme}`);
      assert.match(brand.color, /^#[0-9a-f]{6}$/);
      assert.ok(contrast(brand.color, ground.panel) >= 3, `${color} in ${theme}: ${brand.color}`);
    }
  }
  const blue = brandOn("#0b2a6b", groundOf("dark"));
  assert.ok(blue.is === "moved");
  const [red = 0, , most = 0] = [1, 3, 5].map((at) => Number.parseInt(blue.color.slice(at, at + 2), 16));
  assert.ok(most > red + 60, `${blue.color} is no blue`);
});

test("a red that could be taken for what is on air is not shown, in any theme", () => {
  for (const theme of THEMES) {
    for (const red of ["#d8141f", "#c40d1e", "#e0301e", "#b3101f"]) {
      assert.deepEqual(brandOn(red, groundOf(theme)), { is: "too near to on air" }, `${red} in ${theme}`);
    }
  }
});
