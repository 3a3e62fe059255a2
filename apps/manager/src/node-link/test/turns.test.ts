import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../turns.ts";

test("what can wait is done in its order, a few milliseconds of it in a turn, and others come in between", async () => {
  let clock = 0;
  const done: string[] = [];
  const turns = new Turns(() => clock);
  for (let work = 0; work < 7; work++) {
    turns.add(() => {
      clock += 3;
      done.push(String(work));
    });
  }
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    done.push("other");
  }
  turns.add(() => done.push("later"));
  await new Promise((resolve) => setImmediate(resolve));

  assert.deepEqual(done, ["0", "1", "2", "other", "3", "4", "5", "other", "6", "other", "later"]);
});
