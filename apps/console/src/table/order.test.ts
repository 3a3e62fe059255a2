import assert from "node:assert/strict";
import { test } from "node:test";
import { heldOrder, orderBy, rangeOf, windowOf } from "./order.ts";

test("what is unknown stands last, up and down, and equals stay as they were", () => {
  const values: Record<string, number | undefined> = { a: 2, b: undefined, c: 9, d: 2 };
  const order = (down: boolean): string => orderBy(["a", "b", "c", "d"], (id) => values[id], down).join("");

  assert.equal(order(false), "adcb");
  assert.equal(order(true), "cadb");
});

test("names are sorted as people count", () => {
  assert.deepEqual(
    orderBy(["CAM 10", "CAM 2", "cam 1"], (id) => id, false),
    ["cam 1", "CAM 2", "CAM 10"],
  );
});

test("rows under the pointer stay, and what would have moved up is counted", () => {
  const held = heldOrder(["a", "b", "c", "d"], ["d", "a", "x", "c"]);

  assert.deepEqual(held.ids, ["a", "c", "d", "x"]);
  assert.equal(held.movedUp, 2);
  assert.equal(heldOrder(["a", "b"], ["a", "b"]).movedUp, 0);
});

test("a range has both its ends, whichever was first", () => {
  assert.deepEqual(rangeOf(["a", "b", "c", "d"], "c", "a"), ["a", "b", "c"]);
  assert.deepEqual(rangeOf(["a", "b"], "gone", "b"), ["b"]);
});

test("of ten thousand rows a few dozen are drawn, at every place of the list", () => {
  for (const top of [0, 45, 200_000, 449_100]) {
    const { from, to } = windowOf(10_000, 45, top, 900);
    assert.ok(to - from <= 46 && from >= 0 && to <= 10_000);
    assert.ok(from * 45 <= top && to * 45 >= Math.min(top + 900, 450_000));
  }
  assert.deepEqual(windowOf(0, 45, 0, 900), { from: 0, to: 0 });
});
