import assert from "node:assert/strict";
import { test } from "node:test";
import { NARROWEST, paneWidth, WIDEST, widthByKey } from "./pane-width.ts";

test("an inspector is neither narrower than its words nor wider than its place", () => {
  assert.deepEqual([paneWidth(10), paneWidth(300.4), paneWidth(9_999)], [NARROWEST, 300, WIDEST]);
});

test("arrows move its edge, Home and End go to the bounds, Enter makes it as usual, and other keys nothing", () => {
  const keys = ["ArrowLeft", "ArrowRight", "Home", "End", "Enter", "a"].map((key) => widthByKey(key, 320, 300));
  assert.deepEqual(keys, [336, 304, WIDEST, NARROWEST, 300, undefined]);
});
