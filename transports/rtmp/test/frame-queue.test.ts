import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameQueue, type Frame } from "../frame-queue.ts";

const NOTHING = new Uint8Array(0);
const frame = (kind: "video" | "audio", dts: number, isKey = kind === "audio", size = 10): Frame => ({
  kind,
  dts,
  compositionTime: 0,
  isKey,
  data: new Uint8Array(size),
  configuration: NOTHING,
});

const drained = (queue: FrameQueue): number[] => {
  const times: number[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    times.push(next.dts);
  }
  return times;
};

test("pictures are let in from a key frame on", () => {
  const queue = new FrameQueue({ bytes: 1_000, span: 1_000 });
  assert.deepEqual(
    [frame("video", 0), frame("audio", 1), frame("video", 40, true), frame("video", 80)].map((each) => queue.push(each)),
    [1, 0, 0, 0],
  );
  assert.deepEqual(drained(queue), [1, 40, 80]);
  assert.equal(queue.bytes, 0);
});

test("too many bytes, and too much time, are given up as a whole, with the picture that has no reference then", () => {
  for (const bounds of [
    { bytes: 30, span: 1_000 },
    { bytes: 1_000, span: 90 },
  ]) {
    const queue = new FrameQueue(bounds);
    [0, 40, 80].forEach((dts) => queue.push(frame("video", dts, dts === 0)));
    assert.equal(queue.push(frame("video", 120)), 4);
    assert.equal(queue.push(frame("video", 160)), 1);
    assert.equal(queue.push(frame("video", 200, true)), 0);
    assert.deepEqual(drained(queue), [200]);
  }
});

test("sound that finds it full is the first that is in it again", () => {
  const queue = new FrameQueue({ bytes: 30, span: 1_000 });
  [0, 40, 80].forEach((dts) => queue.push(frame("video", dts, dts === 0)));
  assert.equal(queue.push(frame("audio", 90)), 3);
  assert.deepEqual(drained(queue), [90]);
});

test("while nobody takes anything it holds what begins with the last key frame", () => {
  const queue = new FrameQueue({ bytes: 1_000, span: 10_000 });
  const given = [0, 40, 80, 120, 160].map((dts) => queue.keep(frame("video", dts, dts % 80 === 0)));
  assert.deepEqual(given, [0, 0, 2, 0, 2]);
  assert.deepEqual(drained(queue), [160]);
});

test("sound from the key frame on stays with it, whichever came first", () => {
  const queue = new FrameQueue({ bytes: 1_000, span: 10_000 });
  [0, 20, 40, 60].forEach((dts) => queue.keep(frame("audio", dts)));
  assert.equal(queue.keep(frame("video", 40, true)), 2);
  queue.keep(frame("audio", 80));
  assert.deepEqual(drained(queue), [40, 40, 60, 80]);
});

test("many frames in and out leave nothing behind", () => {
  const queue = new FrameQueue({ bytes: 1_000_000, span: 1_000_000 });
  for (let i = 0; i < 5_000; i++) {
    queue.push(frame("video", i, i === 0));
    queue.push(frame("audio", i));
    assert.equal(queue.shift()?.dts, Math.floor(i / 2));
  }
  assert.deepEqual([queue.length, queue.bytes], [5_000, 50_000]);
});
