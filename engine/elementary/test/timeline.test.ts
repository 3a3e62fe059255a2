import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { Timeline } from "../timeline.ts";

const VIDEO = 0;
const AUDIO = 1;
const FRAME = 3_600;
const FRAME_US = 40_000;
const WRAP = 2 ** 33;

/** Places `count` frames of a clock that begins at `stamp`, in real time. */
const run = (timeline: Timeline, stream: number, stamp: number, count: number, at: number) =>
  Array.from({ length: count }, (_, i) => timeline.place(stream, (stamp + i * FRAME) % WRAP, instant(at + i * FRAME_US)));

test("it begins at 0 and goes on as the stream does, over the wrap of 33 bits", () => {
  const placed = run(new Timeline(), VIDEO, WRAP - 3 * FRAME, 10, 0);
  assert.deepEqual(
    placed.map(({ ticks }) => ticks),
    placed.map((_, i) => i * FRAME),
  );
  assert.ok(placed.every(({ isNew }) => !isNew));
});

test("sound that lies before or behind its picture stays there", () => {
  const timeline = new Timeline();
  timeline.place(VIDEO, 900_000, instant(0));
  assert.equal(timeline.place(AUDIO, 900_000 - 45_000, instant(0)).ticks, -45_000);
  assert.equal(timeline.place(AUDIO, 900_000 + 1_920, instant(0)).ticks, 1_920);
});

for (const [what, jump] of [
  ["ahead", 3_600 * 90_000],
  ["back", -5 * 90_000],
  ["back by less than a second", -0.5 * 90_000],
  ["half way round", 2 ** 32],
] as const) {
  test(`a clock that jumps ${what} leaves no gap, and sound follows its picture`, () => {
    const timeline = new Timeline();
    const start = 10_000_000;
    const before = run(timeline, VIDEO, start, 25, 0);
    run(timeline, AUDIO, start, 25, 0);
    const next = (start + 25 * FRAME + jump + WRAP) % WRAP;
    const after = run(timeline, VIDEO, next, 25, 25 * FRAME_US);
    const sound = run(timeline, AUDIO, next, 25, 25 * FRAME_US);

    assert.equal(after[0]?.isNew, true);
    assert.ok(after.slice(1).every(({ isNew }) => !isNew));
    assert.equal((after[0]?.ticks ?? 0) - (before.at(-1)?.ticks ?? 0), FRAME, "the time that passed");
    assert.deepEqual(
      sound.map(({ ticks }) => ticks),
      after.map(({ ticks }) => ticks),
    );
    assert.deepEqual([sound[0]?.isNew, sound[1]?.isNew], [true, false], "each stream is told of it once");
  });
}

test("what comes late of the clock before still has its place there", () => {
  const timeline = new Timeline();
  run(timeline, VIDEO, 0, 25, 0);
  run(timeline, AUDIO, 0, 20, 0);
  timeline.place(VIDEO, 80_000_000, instant(25 * FRAME_US));
  assert.deepEqual(timeline.place(AUDIO, 20 * FRAME, instant(25 * FRAME_US)), { ticks: 20 * FRAME, isNew: false });
  assert.deepEqual(timeline.place(VIDEO, 80_000_000 + FRAME, instant(26 * FRAME_US)), { ticks: 26 * FRAME, isNew: false });
});

test("a pause of the source is a pause, with the clock going on or beginning anew", () => {
  for (const stamp of [24 * FRAME + 60 * 90_000, 5]) {
    const timeline = new Timeline();
    run(timeline, VIDEO, 0, 25, 0);
    const { ticks } = timeline.place(VIDEO, stamp, instant(24 * FRAME_US + 60e6));
    assert.equal(ticks, 24 * FRAME + 60 * 90_000);
  }
});

test("stamps that do not go up are made to, a millisecond apart", () => {
  const timeline = new Timeline();
  timeline.place(VIDEO, 9_000, instant(0));
  assert.equal(timeline.place(VIDEO, 9_000, instant(0)).ticks, 90);
  assert.equal(timeline.place(VIDEO, 8_990, instant(0)).ticks, 180);
});
