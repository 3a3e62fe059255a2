import assert from "node:assert/strict";
import { test } from "node:test";
import { ageOf, pictureAgeOf } from "./age.ts";
import { Series } from "./series.ts";

test("values come out oldest first, with gaps where nothing came", () => {
  const series = new Series(4, 10);
  series.push(0, 1);
  series.push(5, 2);
  series.push(20, 3);

  assert.deepEqual(series.values(29), [undefined, 2, undefined, 3]);
  assert.deepEqual(series.values(45), [undefined, 3, undefined, undefined]);
  assert.deepEqual(series.values(1_000), [undefined, undefined, undefined, undefined]);
});

test("what is long ago is written over, and what is late is passed over", () => {
  const series = new Series(3, 10);
  series.push(0, 1);
  series.push(100, 2);
  series.push(40, 3);
  series.push(110, undefined);

  assert.deepEqual(series.values(115), [undefined, 2, undefined]);
});

test("numbers age after 2 and 10 seconds, pictures after 10 and 60", () => {
  assert.deepEqual(
    [0, 1_999, 2_000, 10_000, 10_001].map((age) => ageOf(0, age)),
    ["fresh", "fresh", "aging", "aging", "old"],
  );
  assert.equal(ageOf(undefined, 0), "old");
  assert.deepEqual(
    [0, 10_000, 10_001, 60_000, 60_001].map((age) => pictureAgeOf(0, age)),
    ["live", "live", "dimmed", "dimmed", "none"],
  );
});
