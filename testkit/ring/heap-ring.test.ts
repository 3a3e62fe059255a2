import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { HeapRing } from "./heap-ring.ts";

const rows = (ring: HeapRing): (number | undefined)[] =>
  Array.from({ length: ring.head - ring.tail }, (_, i) => ring.row[(ring.tail + i) & ring.mask]);

test("equal units that touch make one row, another size begins a new one", () => {
  const ring = new HeapRing(new HeapMemory(), 4_096, 16);
  for (const length of [100, 100, 60, 60, 60, 100]) {
    ring.publish(new Uint8Array(length), instant(5));
  }
  assert.deepEqual(rows(ring), [0, 0, 2, 2, 2, 5]);
});

test("units of odd length do not touch, so each is a row of its own", () => {
  const ring = new HeapRing(new HeapMemory(), 4_096, 16);
  ring.publish(new Uint8Array(99), instant(0));
  ring.publish(new Uint8Array(99), instant(0));
  assert.deepEqual(rows(ring), [0, 1]);
});

test("the end of the memory ends a row and what is overwritten is no longer there", () => {
  const memory = new HeapMemory();
  const ring = new HeapRing(memory, 1_000, 16);
  for (let n = 0; n < 12; n++) {
    ring.publish(new Uint8Array(300).fill(n), instant(n));
  }
  assert.equal(ring.head, 12);
  assert.equal(ring.tail, 9);
  assert.deepEqual(rows(ring), [9, 9, 9]);
  for (let n = ring.tail; n < ring.head; n++) {
    assert.equal(memory.bytes[(ring.offset[n & ring.mask] ?? 0) + 299], n);
  }
});
