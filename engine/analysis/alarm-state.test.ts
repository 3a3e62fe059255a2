import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "@bilbycast/testkit/random";
import { AlarmState, type AlarmRule } from "./alarm-state.ts";

/** Second by second, `x` is a bad window: what was told in which. */
const told = (rule: AlarmRule, windows: string): string[] => {
  const alarm = new AlarmState(rule);
  return windows.split("").flatMap((window, second) => {
    const turn = alarm.take(window === "x");
    return turn === undefined ? [] : [`${second} ${turn}`];
  });
};

test("one bad second raises it at once, and it is cleared when it was good for long enough", () => {
  assert.deepEqual(told({ raiseAfter: 1, clearAfter: 3 }, "..x...."), ["2 raised", "5 cleared"]);
});

test("what comes and goes each second is told once", () => {
  assert.deepEqual(told({ raiseAfter: 1, clearAfter: 3 }, "x.".repeat(500) + "..."), ["0 raised", "1001 cleared"]);
});

test("where it takes two bad seconds a single one is passed over, also later", () => {
  const rule = { raiseAfter: 2, clearAfter: 3 };

  assert.deepEqual(told(rule, "x...x...x..."), []);
  assert.deepEqual(told(rule, "x..x....x."), ["3 raised", "6 cleared"]);
});

test("it counts the bad seconds while it was raised", () => {
  const alarm = new AlarmState({ raiseAfter: 2, clearAfter: 2 });
  for (const window of "xx.x.x..".split("")) {
    alarm.take(window === "x");
  }

  assert.deepEqual([alarm.isRaised, alarm.badWindows], [false, 4]);
});

test("raised and cleared always alternate, and never within the time that clearing takes (seed 5)", () => {
  const random = seeded(5);
  const windows = Array.from({ length: 20_000 }, () => (random() < 0.2 ? "x" : ".")).join("");

  const turns = told({ raiseAfter: 1, clearAfter: 10 }, windows).map((line) => line.split(" ") as [string, string]);

  assert.ok(turns.length > 50);
  turns.forEach(([second, turn], i) => {
    assert.equal(turn, i % 2 === 0 ? "raised" : "cleared");
    assert.ok(turn === "raised" || Number(second) - Number(turns[i - 1]?.[0]) >= 10);
  });
});
