import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveStore } from "./live-store.ts";

test("a change of one row tells those who show it and nobody else, once", () => {
  const store = new LiveStore();
  store.replace("nodes", { a: { cpu: 1 }, b: { cpu: 2 } }, 0);
  const told: string[] = [];
  store.onRow("nodes", "a", () => told.push("a"));
  store.onRow("nodes", "b", () => told.push("b"));
  store.onKeys("nodes", () => told.push("keys"));

  store.merge("nodes", { a: { cpu: 3 } }, 1);
  store.merge("nodes", { a: { cpu: 3 } }, 2);
  assert.deepEqual(told, ["a"]);

  store.merge("nodes", { c: { cpu: 4 }, b: null }, 3);
  assert.deepEqual(told, ["a", "b", "keys"]);
});

test("a snapshot keeps rows that are the same the same objects, and takes away what is gone", () => {
  const store = new LiveStore();
  store.replace("nodes", { a: { deep: { x: 1 } }, b: { y: [1, 2], z: 3 }, c: 1 }, 0);
  const [a, keys] = [store.row("nodes", "a"), store.keys("nodes")];

  store.replace("nodes", { a: { deep: { x: 1 } }, b: { y: [1, 2] }, c: 1 }, 1);
  assert.equal(store.row("nodes", "a"), a);
  assert.equal(store.keys("nodes"), keys);
  assert.deepEqual(store.row("nodes", "b"), { y: [1, 2] });

  store.replace("nodes", {}, 2);
  assert.deepEqual(store.keys("nodes"), []);
});

test("listeners see the whole message and may stop listening while they are told", () => {
  const store = new LiveStore();
  let seen: unknown;
  const stop = store.onRow("nodes", "a", () => {
    seen = store.row("nodes", "b");
    stop();
  });

  store.merge("nodes", { a: 1, b: 2 }, 0);
  store.merge("nodes", { a: 3, b: 4 }, 0);

  assert.equal(seen, 2);
});

test("a key may be called like a part of every object", () => {
  const store = new LiveStore();
  store.merge("nodes", JSON.parse('{"__proto__": {"x": 1}, "a": {"__proto__": {"evil": true}, "toString": 1}}'), 0);

  assert.deepEqual(store.keys("nodes"), ["__proto__", "a"]);
  assert.deepEqual(store.row("nodes", "__proto__"), { x: 1 });
  assert.equal(({} as Record<string, unknown>)["evil"], undefined);
});

test("a field that may be null is null in a snapshot and after a patch took it out", () => {
  const store = new LiveStore({ nodes: { nulls: { version: null, seen: null } } });
  store.replace("nodes", { a: { version: null, name: "A", seen: "now" } }, 0);
  assert.deepEqual(store.row("nodes", "a"), { version: null, name: "A", seen: "now" });

  store.merge("nodes", { a: { seen: null, name: "B" } }, 1);
  const row = store.row("nodes", "a");
  assert.deepEqual(row, { version: null, name: "B", seen: null });

  store.merge("nodes", { a: { seen: null } }, 2);
  assert.equal(store.row("nodes", "a"), row);
});

test("numbers that are told beside the rows come into them by the number of each, and tell those who show what changed", () => {
  const numbers = [
    { field: "bitrate", scale: 1_000 },
    { field: "cpu", scale: 1 },
  ];
  const store = new LiveStore({ nodes: { nulls: { bitrate: null, cpu: null }, numbers } });
  store.replace("nodes", { a: { n: 7, name: "A" }, b: { n: 9, name: "B" } }, 0, [[7, 80.1, 3]]);
  const told: string[] = [];
  store.onRow("nodes", "a", () => told.push("a"));
  store.onRow("nodes", "b", () => told.push("b"));
  assert.deepEqual(store.row("nodes", "a"), { n: 7, name: "A", bitrate: 80_100, cpu: 3 });
  assert.deepEqual(store.row("nodes", "b"), { n: 9, name: "B", bitrate: null, cpu: null });

  const a = store.row("nodes", "a");
  store.merge("nodes", { b: { name: "C" } }, 1, [
    [7, 80.1, 3],
    [9, 1, null],
    [11, 5, 5],
  ]);
  assert.equal(store.row("nodes", "a"), a);
  assert.deepEqual(store.row("nodes", "b"), { n: 9, name: "C", bitrate: 1_000, cpu: null });
  assert.deepEqual(told, ["b"]);

  store.replace("nodes", { a: { n: 7, name: "A" } }, 2, [[7, 80.1, 3]]);
  assert.equal(store.row("nodes", "a"), a);
  store.merge("nodes", { a: null, c: { n: 7, name: "C" } }, 3, [[7, 2, 2]]);
  assert.deepEqual(store.row("nodes", "c"), { n: 7, name: "C", bitrate: 2_000, cpu: 2 });
});
