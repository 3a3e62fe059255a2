import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { UnitCutter, type CutCodec } from "../pictures/unit-cutter.ts";

/** Parts of a stream, each behind a start code; those of one list are one access unit. */
type Parts = readonly (readonly number[])[];

const annexB = (parts: Parts, longCodes = true): number[] => parts.flatMap((part) => [...(longCodes ? [0] : []), 0, 0, 1, ...part]);

/** The access units that come out when the stream comes in pieces of that size. */
const cut = (codec: CutCodec, stream: readonly number[], piece = 7, longest = 65_536): { units: number[][]; tooLong: number } => {
  const units: number[][] = [];
  const cutter = new UnitCutter(codec, longest, (bytes, size) => units.push([...bytes.subarray(0, size)]));
  const bytes = Uint8Array.from(stream);
  for (let at = 0; at < bytes.length; at += piece) {
    cutter.push(bytes, at, Math.min(bytes.length, at + piece), instant(at));
  }
  return { units, tooLong: cutter.tooLong };
};

/** H.264: AUD, SPS, PPS, SEI, IDR slices; a first_mb_in_slice of 0 sets the highest bit. */
const H264: readonly Parts[] = [
  [
    [9, 0x10],
    [0x67, 1, 2, 3],
    [0x68, 4],
    [6, 5, 1, 0x80],
    [0x65, 0x88, 9, 9],
    [0x65, 0x41, 9, 9],
  ],
  [
    [9, 0x30],
    [0x41, 0x9a, 7, 7],
    [0x41, 0x20, 7, 7],
  ],
  [[0x41, 0x9a, 8, 8]],
  [
    [6, 1, 1, 0x80],
    [0x01, 0x9a, 8, 8],
  ],
];

const HEVC: readonly Parts[] = [
  [
    [0x46, 1, 0x10],
    [0x40, 1, 1],
    [0x42, 1, 2],
    [0x44, 1, 3],
    [0x26, 1, 0xaf, 4],
    [0x26, 1, 0x2f, 4],
  ],
  [
    [0x02, 1, 0xd0, 5],
    [0x02, 1, 0x50, 5],
    [0x50, 1, 6, 6],
  ],
  [[0x02, 1, 0xd0, 7]],
  [
    [0x4e, 1, 0, 1],
    [0x02, 1, 0xd0, 8],
  ],
];

const MPEG2: readonly Parts[] = [
  [
    [0xb3, 1, 2, 3, 4],
    [0xb5, 0x14, 1],
    [0xb8, 0, 8, 0],
    [0x00, 0, 0x0f, 0xff],
    [0xb5, 0x8f, 1],
    [0x01, 5, 5],
    [0x02, 5, 5],
  ],
  [
    [0x00, 0, 0x57, 0xff],
    [0xb5, 0x8f, 1],
    [0x01, 6, 6],
  ],
  [[0xb8, 0, 8, 0], [0x00, 0, 0x0f, 0xff], [0x01, 6, 6], [0xb7]],
  [
    [0xb3, 1, 2, 3, 4],
    [0x00, 0, 0x0f, 0xff],
    [0x01, 7, 7],
  ],
];

for (const [codec, units] of [
  ["h264", H264],
  ["hevc", HEVC],
  ["mpeg2", MPEG2],
] as const) {
  test(`${codec}: access units come out whole, in pieces of any size, with long start codes and short ones`, () => {
    // A zero in front of a start code of MPEG-2 is the end of a slice.
    for (const isLong of codec === "mpeg2" ? [false] : [true, false]) {
      const whole = units.map((parts) => annexB(parts, isLong));
      // One is given out when the next begins.
      for (const piece of [1, 2, 3, 5, 184, 10_000]) {
        assert.deepEqual(cut(codec, whole.flat(), piece).units, whole.slice(0, -1), `${piece} bytes`);
      }
    }
  });
}

test("an access unit that is too long is counted and dropped, and what follows is cut as before", () => {
  const long = annexB([
    [9, 0x10],
    [0x65, 0x88, ...Array.from({ length: 3_000 }, () => 0x55)],
  ]);
  const rest = H264.map((parts) => annexB(parts));

  const { units, tooLong } = cut("h264", [...long, ...rest.flat()], 100, 1_000);
  assert.ok(tooLong > 0);
  assert.deepEqual(units.slice(-3), rest.slice(0, 3));
});

test("the time of an access unit is that of its first byte", () => {
  const times: number[] = [];
  const cutter = new UnitCutter("h264", 1_000, (_bytes, _size, _starts, arrival) => times.push(arrival));
  for (const [i, parts] of H264.entries()) {
    cutter.push(Uint8Array.from(annexB(parts)), 0, annexB(parts).length, instant(i * 40_000));
  }

  assert.deepEqual(times, [0, 40_000, 80_000]);
});

test("parts without number cost no memory", () => {
  let most = 0;
  const cutter = new UnitCutter("h264", 65_536, (_bytes, _size, starts) => (most = Math.max(most, starts.length)));
  const slices = Uint8Array.from(annexB([[0x41, 0x9a, 1], ...Array.from({ length: 8_000 }, () => [0x41, 0x20, 1])]));
  cutter.push(slices, 0, slices.length, instant(0));
  cutter.push(
    Uint8Array.from(
      annexB([
        [9, 0x10],
        [0x41, 0x9a, 1, 1],
      ]),
    ),
    0,
    14,
    instant(1),
  );

  assert.equal(most, 2_048);
});
