import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckFailed } from "@bilbycast/foundation/check";
import { NEVER, instant } from "@bilbycast/foundation/time";
import { integer, seeded } from "@bilbycast/testkit/random";
import { Deadlines } from "../deadlines.ts";

const CAPACITY = 64;

for (const seed of [1, 2, 3, 4]) {
  test(`the heap does what a plain table does (seed ${seed})`, () => {
    const random = seeded(seed);
    const deadlines = new Deadlines(CAPACITY);
    const model = new Map<number, number>();
    let now = 0;
    for (let step = 0; step < 20_000; step++) {
      const slots = [...model.keys()];
      const slot = slots[integer(random, slots.length)] ?? -1;
      const what = random();
      if (what < 0.1 && model.size < CAPACITY) {
        const opened = deadlines.open();
        assert.equal(model.has(opened), false, "a slot is given to one owner at a time");
        model.set(opened, NEVER);
      } else if (what < 0.15 && slot >= 0) {
        deadlines.close(slot);
        model.delete(slot);
      } else if (what < 0.7 && slot >= 0) {
        const at = random() < 0.2 ? NEVER : now + integer(random, 50) - 5;
        deadlines.set(slot, instant(at));
        model.set(slot, at);
      } else {
        now += integer(random, 4);
        const earliest = Math.min(NEVER, ...model.values());
        const due = deadlines.takeDue(instant(now));
        if (earliest > now) {
          assert.equal(due, -1);
        } else {
          assert.equal(model.get(due), earliest, "the earliest comes first");
          model.set(due, NEVER);
        }
      }
      assert.equal(deadlines.next, Math.min(NEVER, ...model.values()));
    }
  });
}

test("what is due comes out in the order of its time and once", () => {
  const deadlines = new Deadlines(8);
  const times = [50, 10, 40, 10, 30];
  const slots = times.map(() => deadlines.open());
  for (const [i, slot] of slots.entries()) {
    deadlines.set(slot, instant(times[i] ?? 0));
  }

  const taken: number[] = [];
  for (let slot = deadlines.takeDue(instant(40)); slot >= 0; slot = deadlines.takeDue(instant(40))) {
    taken.push(times[slots.indexOf(slot)] ?? -1);
  }

  assert.deepEqual(taken, [10, 10, 30, 40]);
  assert.equal(deadlines.next, 50);
});

test("a slot that was closed waits for nothing and is given out again", () => {
  const deadlines = new Deadlines(2);
  const first = deadlines.open();
  deadlines.open();
  deadlines.set(first, instant(5));
  deadlines.close(first);
  assert.equal(deadlines.next, NEVER);

  assert.equal(deadlines.open(), first);
  assert.equal(deadlines.takeDue(instant(1_000)), -1);
  assert.throws(() => deadlines.open(), CheckFailed);
});
