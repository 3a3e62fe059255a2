import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmergency, placesOf, stepOf, swapOf, type Placed } from "./places.ts";

const preset = (id: string, position: number, page = "p1"): Placed => ({ id, page_id: page, position, name: id });

test("presets stand at their keys, and those of other pages do not", () => {
  const { keys } = placesOf([preset("b", 9), preset("a", 0), preset("x", 1, "p2")], "p1");
  assert.equal(keys.length, 24);
  assert.equal(keys[0], "a");
  assert.equal(keys[9], "b");
  assert.equal(keys[1], undefined);
});

test("two that claim one key both stay in sight", () => {
  const { keys, beyond } = placesOf([preset("a", 3), preset("b", 3), preset("c", 4)], "p1");
  assert.deepEqual(keys.slice(3, 6), ["a", "b", "c"]);
  assert.deepEqual(beyond, []);
});

test("what has no key is told apart", () => {
  assert.deepEqual(placesOf([preset("a", 23), preset("b", 30), preset("c", 23)], "p1").beyond, ["c", "b"]);
});

test("presets without a page are together", () => {
  assert.equal(placesOf([{ id: "a", page_id: null, position: 0, name: "a" }], "none").keys[0], "a");
});

test("a key that is moved onto another one changes places with it", () => {
  assert.deepEqual(swapOf(["a", "b", undefined], 0, 1), [
    { id: "a", position: 1 },
    { id: "b", position: 0 },
  ]);
  assert.deepEqual(swapOf(["a", "b", undefined], 1, 2), [{ id: "b", position: 2 }]);
  assert.deepEqual(swapOf(["a", undefined], 1, 0), []);
  assert.deepEqual(swapOf(["a"], 0, 1), []);
});

test("arrows walk rows of eight and stop at the edges", () => {
  assert.equal(stepOf(7, "ArrowRight", 8, 24), 7);
  assert.equal(stepOf(8, "ArrowLeft", 8, 24), 8);
  assert.equal(stepOf(3, "ArrowDown", 8, 24), 11);
  assert.equal(stepOf(3, "ArrowUp", 8, 24), 3);
  assert.equal(stepOf(20, "ArrowDown", 8, 24), 20);
});

test("an emergency page says of itself that it is one", () => {
  assert.ok(isEmergency({ is_emergency: true }));
  assert.ok(!isEmergency({ is_emergency: false }));
  assert.ok(!isEmergency(undefined));
});
