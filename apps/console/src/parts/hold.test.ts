import assert from "node:assert/strict";
import { test } from "node:test";
import { nextHold, type Hold, type HoldAct } from "./hold.ts";

/** Plays acts at their times and says when it fired. */
const play = (...acts: [HoldAct, number][]): { fired: number[]; hold: Hold } => {
  let hold: Hold = { is: "rest" };
  const fired: number[] = [];
  for (const [act, at] of acts) {
    const next = nextHold(hold, act, at);
    hold = next.hold;
    if (next.fires) {
      fired.push(at);
    }
  }
  return { fired, hold };
};

test("a press that is held long enough fires once, and not before", () => {
  assert.deepEqual(play(["press", 0], ["tick", 599]).fired, []);
  assert.deepEqual(play(["press", 0], ["tick", 600], ["tick", 700], ["release", 900]).fired, [600]);
});

test("a press that is let go does nothing", () => {
  const { fired, hold } = play(["press", 0], ["release", 500], ["tick", 5_000]);

  assert.deepEqual(fired, []);
  assert.equal(hold.is, "rest");
});

test("letting go after the time counts as held, whatever the clock of the page did", () => {
  assert.deepEqual(play(["press", 0], ["release", 700]).fired, [700]);
});

test("two presses within three seconds do the same, and one alone is forgotten", () => {
  assert.deepEqual(play(["tap", 0], ["tap", 2_999]).fired, [2_999]);
  assert.deepEqual(play(["tap", 0], ["tap", 3_000]).fired, []);
});

test("a key that repeats does not fire a second time", () => {
  assert.deepEqual(play(["press", 0], ["tick", 600], ["press", 650], ["tick", 899]).fired, [600]);
  assert.deepEqual(play(["tap", 0], ["tap", 10], ["tap", 20], ["tap", 30]).fired, [10]);
});
