import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { readStrip } from "../index.ts";
import { drawn, FPS, NOON, scaled, SIZES } from "./drawn.ts";

const FRAME = NOON * FPS + 7;
const READING = { sourceId: 0xcafe_f00d, frame: FRAME % 2 ** 32, timeMs: NOON * 1_000 + 280 };

for (const [width, height] of SIZES) {
  test(`the strip of a picture of ${width} by ${height} says source, frame and time`, () => {
    const bytes = drawn({ width, height }, FRAME);
    const before = bytes.slice();

    assert.deepEqual(readStrip(bytes, width, height, width), READING);
    assert.deepEqual(bytes, before);
  });
}

test("the extremes of each field come back", () => {
  for (const [sourceId, seconds] of [
    [0, 0],
    [0xffff_ffff, 2 ** 31],
    [0x8000_0001, 140_000_000_000],
  ] as const) {
    const bytes = drawn({ sourceId }, seconds * FPS);

    assert.deepEqual(readStrip(bytes, 1280, 720, 1280), { sourceId, frame: (seconds * FPS) % 2 ** 32, timeMs: seconds * 1_000 });
  }
});

for (const [width, height] of [
  [320, 180],
  [426, 240],
  [640, 360],
  [3840, 2160],
  [321, 181],
] as const) {
  test(`the strip is read after scaling from 720 lines to ${width} by ${height}`, () => {
    const small = scaled(drawn({}, FRAME), 1280, 720, width, height);

    assert.deepEqual(readStrip(small, width, height, width), READING);
  });
}

test("the strip is read in a plane whose rows lie further apart than they are wide", () => {
  const bytes = drawn({}, FRAME);
  const stride = 1_472;
  const wide = new Uint8Array(stride * 720);
  for (let row = 0; row < 720; row++) {
    wide.set(bytes.subarray(row * 1280, (row + 1) * 1280), row * stride);
  }

  assert.deepEqual(readStrip(wide, 1280, 720, stride), READING);
});

test("noise of 100 levels at 320 by 180, lifted blacks and low contrast do not hide it (seed 5)", () => {
  const random = seeded(5);
  const bytes = drawn({ width: 320, height: 180 }, FRAME);
  for (let round = 0; round < 100; round++) {
    const noisy = bytes.map((level) => Math.max(0, Math.min(255, level + integer(random, 201) - 100)));
    const flat = bytes.map((level) => 90 + (level * 70) / 255 + integer(random, 11));

    assert.deepEqual(readStrip(noisy, 320, 180, 320), READING);
    assert.deepEqual(readStrip(flat, 320, 180, 320), READING);
  }
});

test("a block that is turned over is seen, whichever it is", () => {
  const bytes = drawn({ width: 320, height: 180 }, FRAME);
  for (let block = 0; block < 160; block++) {
    const damaged = bytes.slice();
    const [x, y] = [(block % 80) * 4, Math.floor(block / 80) * 4];
    for (let row = y; row < y + 4; row++) {
      for (let at = row * 320 + x; at < row * 320 + x + 4; at++) {
        damaged[at] = 251 - (damaged[at] ?? 0);
      }
    }
    assert.equal(readStrip(damaged, 320, 180, 320), undefined);
  }
});

test("what is no strip reads as none: black, white, noise, a small picture (seed 6)", () => {
  const random = seeded(6);
  const noise = new Uint8Array(1280 * 720);
  for (let round = 0; round < 20; round++) {
    noise.forEach((_, i) => (noise[i] = integer(random, 256)));
    assert.equal(readStrip(noise, 1280, 720, 1280), undefined);
  }
  assert.equal(readStrip(noise.fill(0), 1280, 720, 1280), undefined);
  assert.equal(readStrip(noise.fill(235), 1280, 720, 1280), undefined);
  assert.equal(readStrip(drawn({ width: 318, height: 180 }), 318, 180, 318), undefined);
});
