import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, seconds } from "@bilbycast/foundation/time";
import { LiveUnits } from "../pictures/live-units.ts";

const FRAME = milliseconds(40);

/** Frames of 25 a second, of which each 25th needs no other; what is given is kept by the numbers of the frames. */
const rig = () => {
  const given: { frames: number[]; starts: boolean }[] = [];
  const live = new LiveUnits(instant(0), (units, starts) => given.push({ frames: units.map((unit) => unit[0] ?? -1), starts }));
  const add = (from: number, end: number, size = 1): void => {
    for (let frame = from; frame < end; frame++) {
      const unit = new Uint8Array(size);
      unit[0] = frame;
      live.add(unit, frame % 25 === 0, instant(frame * FRAME));
    }
  };
  return { live, given, add, frames: () => given.flatMap(({ frames }) => frames) };
};

test("it begins with a picture that needs no other, gives every one behind it, five times a second", () => {
  const { given, add, frames } = rig();

  add(10, 100);

  assert.deepEqual(given[0], { frames: [25], starts: true });
  assert.deepEqual(
    given.filter(({ starts }) => starts).map(({ frames: [first] }) => first),
    [25, 50, 75],
  );
  const all = frames();
  assert.deepEqual(
    all,
    all.map((_, i) => 25 + i),
  );
  assert.ok(given.length >= 15 && given.length <= 19, `${given.length} in three seconds`);
});

test("after a gap of ours nothing is given before the next picture that needs no other", () => {
  const { live, given, add, frames } = rig();
  add(0, 30);
  const before = frames().length;

  live.restart(instant(30 * FRAME));
  add(35, 56);

  assert.deepEqual(frames().slice(before), [50, 51, 52, 53, 54, 55].slice(0, frames().length - before));
  assert.ok(frames().length > before && given.find(({ frames: [first] }) => first === 50)?.starts === true);
});

test("a stream that never has such a picture is begun with anywhere after three seconds, after a gap as well", () => {
  const given: boolean[] = [];
  const live = new LiveUnits(instant(0), (_, starts) => given.push(starts));
  const until = (from: number, end: number): void => {
    for (let now = from; now < end; now += FRAME) {
      live.add(new Uint8Array(1), false, instant(now));
    }
  };
  until(0, seconds(3));
  assert.deepEqual(given, []);
  until(seconds(3), seconds(4));
  assert.equal(given[0], true);

  const before = given.length;
  live.restart(instant(seconds(4)));
  until(seconds(4), seconds(7));
  assert.equal(given.length, before);
  until(seconds(7), seconds(8));
  assert.equal(given[before], true);
});

test("more than a picture may have is given up with what refers to it", () => {
  const { add, frames } = rig();
  add(25, 31);

  // More than there is room for within a fifth of a second.
  add(31, 34, 5_000_000);
  add(34, 60);

  assert.ok(frames().includes(30));
  assert.deepEqual(
    frames().filter((frame) => frame >= 33 && frame < 50),
    [],
  );
  assert.ok(frames().includes(50));
});
