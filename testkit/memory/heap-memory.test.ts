import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckFailed } from "@bilbycast/foundation/check";
import { HeapMemory } from "./heap-memory.ts";
import { bytesOf, TestIntake } from "./intake.ts";

test("stretches start on a word, never at 0, and do not overlap", () => {
  const memory = new HeapMemory(64 * 1_024);
  const stretches = [5, 1_000, 3, 188].map((size) => ({ start: memory.reserve(size), size }));

  for (const [i, { start, size }] of stretches.entries()) {
    assert.ok(start > 0 && start % 4 === 0);
    assert.ok(memory.reserved(start, size) && !memory.reserved(start, size + 1));
    assert.ok(stretches.every((other, k) => k === i || start + size <= other.start || other.start + other.size <= start));
  }
  assert.equal(memory.outstanding, 4);
});

test("room that was given back is used again, and too much is refused by name", () => {
  const memory = new HeapMemory(4_096);
  const first = memory.reserve(3_000);
  assert.throws(() => memory.reserve(3_000), { code: "arena_exhausted" });

  memory.release(first);

  assert.equal(memory.reserve(3_000), first);
});

test("giving back twice fails", () => {
  const memory = new HeapMemory(4_096);
  const offset = memory.reserve(10);
  memory.release(offset);
  assert.throws(() => memory.release(offset), CheckFailed);
});

test("a write past the end of a stretch is noticed when it is given back", () => {
  const memory = new HeapMemory(4_096);
  const offset = memory.reserve(10);
  memory.bytes[offset + 10] = 1;
  assert.throws(() => memory.release(offset), CheckFailed);
});

test("a datagram in the intake is readable until the intake is cleared and spoiled after", () => {
  const memory = new HeapMemory();
  const intake = new TestIntake(memory);
  intake.add(Uint8Array.of(1, 2, 3));
  intake.add(Uint8Array.of(4));
  const offset = intake.batch.offset[0] ?? 0;
  assert.deepEqual(bytesOf(memory, intake.batch), [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);

  intake.clear();

  assert.equal(intake.batch.count, 0);
  assert.notEqual(memory.bytes[offset], 1);
});
