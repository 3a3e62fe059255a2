import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckFailed } from "@bilbycast/foundation/check";
import { isFault } from "@bilbycast/foundation/fault";
import { fillRandom, integer, seeded } from "@bilbycast/testkit/random";
import { Arena } from "../arena.ts";
import { Buddy } from "../buddy.ts";

const KIB = 1_024;
const SIZE = 1_024 * KIB;

const overlaps = (blocks: readonly { start: number; size: number }[]): boolean => {
  const sorted = blocks.toSorted((a, b) => a.start - b.start);
  return sorted.some((block, i) => i > 0 && block.start < (sorted[i - 1]?.start ?? 0) + (sorted[i - 1]?.size ?? 0));
};

for (const seed of [1, 2, 3]) {
  test(`blocks that are out never overlap, and the range is whole again when all came back (seed ${seed})`, () => {
    const random = seeded(seed);
    const buddy = new Buddy(SIZE, KIB);
    const out: { start: number; size: number }[] = [];
    let refused = 0;
    for (let step = 0; step < 5_000; step++) {
      if (out.length > 0 && random() < 0.45) {
        const [gone] = out.splice(integer(random, out.length), 1);
        buddy.release(gone?.start ?? -1);
      } else {
        const size = 1 + integer(random, 2 ** integer(random, 18));
        const start = buddy.reserve(size);
        if (start === undefined) {
          refused++;
        } else {
          assert.ok(start >= 0 && start + size <= SIZE);
          out.push({ start, size });
        }
      }
      if (step % 50 === 0) {
        assert.equal(overlaps(out), false);
      }
    }
    assert.ok(refused > 0, "the range was full at times");

    for (const { start } of out) {
      buddy.release(start);
    }

    assert.equal(buddy.used, 0);
    assert.equal(buddy.reserve(SIZE), 0, "the whole range is one block again");
  });
}

test("a full range gives nothing, and gives again what comes back", () => {
  const buddy = new Buddy(4 * KIB, KIB);
  const starts = [buddy.reserve(KIB), buddy.reserve(1), buddy.reserve(2 * KIB)];
  assert.ok(!starts.includes(undefined));
  assert.equal(buddy.used, 4 * KIB);
  assert.equal(buddy.reserve(1), undefined);

  buddy.release(starts[1] ?? -1);

  assert.equal(buddy.reserve(KIB), starts[1]);
});

test("more than the range has is refused and leaves it as it was", () => {
  const buddy = new Buddy(4 * KIB, KIB);
  assert.equal(buddy.reserve(4 * KIB + 1), undefined);
  assert.equal(buddy.reserve(4 * KIB), 0);
});

test("releasing twice, or what was never reserved, is a bug of ours", () => {
  const buddy = new Buddy(4 * KIB, KIB);
  const start = buddy.reserve(KIB) ?? -1;
  buddy.release(start);
  assert.throws(() => buddy.release(start), CheckFailed);
  assert.throws(() => buddy.release(3 * KIB), CheckFailed);
  assert.throws(() => buddy.reserve(0), CheckFailed);
});

test("a range that is no power of two is a bug of ours", () => {
  assert.throws(() => new Buddy(3 * KIB, KIB), CheckFailed);
  assert.throws(() => new Buddy(KIB, 2 * KIB), CheckFailed);
});

test("offset 0 is never handed out, and what is handed out starts on a word", () => {
  const arena = new Arena(SIZE);
  const offsets: number[] = [];
  assert.throws(() => {
    for (;;) {
      offsets.push(arena.reserve(KIB));
    }
  }, isFault);

  assert.equal(offsets.length, SIZE / KIB - 1);
  assert.ok(offsets.every((offset) => offset > 0 && offset % 4 === 0));
});

test("an arena that has no room says arena_exhausted with the numbers, and is not used up by asking", () => {
  const arena = new Arena(SIZE);
  const { used } = arena;

  assert.throws(
    () => arena.reserve(2 * SIZE),
    (error) => isFault(error) && error.code === "arena_exhausted" && error.details["wanted"] === 2 * SIZE && error.details["size"] === SIZE,
  );

  assert.equal(arena.used, used);
  const offset = arena.reserve(SIZE / 2);
  assert.equal(arena.used, used + SIZE / 2);
  arena.release(offset);
  assert.equal(arena.used, used);
});

test("a size between two powers of two is rounded up, and 1 MiB is the least", () => {
  assert.equal(new Arena(SIZE + 1).size, 2 * SIZE);
  assert.equal(new Arena(1).size, SIZE);
});

test("stretches that overlap are copied right in both directions", () => {
  const arena = new Arena(SIZE);
  const at = arena.reserve(4 * KIB);
  for (const shift of [-700, -1, 1, 333]) {
    const before = fillRandom(seeded(shift + 1_000), arena.bytes.subarray(at, at + 4 * KIB)).slice();
    const from = at + 1_000;

    arena.copy(from + shift, from, 2_000);

    assert.deepEqual(arena.bytes.slice(from + shift, from + shift + 2_000), before.subarray(1_000, 3_000), `shifted by ${shift}`);
  }
});

test("a copy past the end of the memory traps and changes nothing", () => {
  const arena = new Arena(SIZE);
  const last = arena.bytes.slice(-16);
  assert.throws(() => arena.copy(SIZE - 8, 1_024, 16));
  assert.deepEqual(arena.bytes.slice(-16), last);
});

test("the arena holds what lies in it whole, and nothing else", () => {
  const arena = new Arena(SIZE);
  assert.equal(arena.holds(0, SIZE), true);
  assert.equal(arena.holds(SIZE - 1, 1), true);
  assert.equal(arena.holds(SIZE, 0), true);
  assert.equal(arena.holds(SIZE - 1, 2), false);
  assert.equal(arena.holds(-1, 1), false);
  assert.equal(arena.holds(1, -1), false);
  assert.equal(arena.holds(Number.NaN, 1), false);
});
