import assert from "node:assert/strict";
import { test } from "node:test";
import { readS302mHeader } from "../index.ts";

const header = (audioSize: number, pairs: number, channel: number, bits: number): Uint8Array => {
  const fields = ((pairs - 1) << 14) | (channel << 6) | (bits << 4);
  return Uint8Array.of(0xaa, audioSize >> 8, audioSize & 0xff, fields >> 8, fields & 0xff);
};

const cases: [name: string, bytes: Uint8Array, expected: object | undefined][] = [
  ["a pair of 16 bits", header(5 * 1_920, 1, 0, 0), { audioSize: 9_600, channels: 2, channelIdentification: 0, bits: 16, samples: 1_920 }],
  ["four channels of 20 bits", header(12 * 40, 2, 3, 1), { audioSize: 480, channels: 4, channelIdentification: 3, bits: 20, samples: 40 }],
  [
    "eight channels of 24 bits",
    header(28 * 5, 4, 255, 2),
    { audioSize: 140, channels: 8, channelIdentification: 255, bits: 24, samples: 5 },
  ],
  ["a reserved sample size", header(60, 1, 0, 3), undefined],
  ["a size that is no whole number of samples", header(61, 1, 0, 0), undefined],
  ["no samples at all", header(0, 1, 0, 0), undefined],
  ["a header that is cut", header(60, 1, 0, 0).subarray(0, 4), undefined],
];

for (const [name, bytes, expected] of cases) {
  test(`SMPTE 302M: ${name}`, () => {
    assert.deepEqual(readS302mHeader(bytes, 1), expected);
  });
}
