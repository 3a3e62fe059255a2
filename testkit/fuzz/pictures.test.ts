import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzPictures } from "./pictures.ts";

for (const seed of [1, 2, 3]) {
  test(`seed ${seed}: hostile video is looked at within bounds and throws nothing`, () => {
    const { asked } = fuzzPictures(seed, 100_000);

    assert.ok(asked > 0, "some of it looks like pictures");
  });
}
