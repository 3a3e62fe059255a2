import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { h264Level, h264Profile } from "../h264-profile.ts";
import { hevcLevel, hevcProfile } from "../hevc-profile.ts";
import { h264Format, hevcFormat, Mpeg2VideoStream, readH264Sps, readHevcSps, readHevcVps, type VideoFormat } from "../index.ts";

const vector = (name: string): Uint8Array[] =>
  readFileSync(new URL(`vectors/${name}.hex`, import.meta.url), "utf8")
    .split("\n\n")
    .map((set) => Uint8Array.from(Buffer.from(set.replaceAll(/\s/g, ""), "hex")));

const mpeg2 = (sets: readonly Uint8Array[]): VideoFormat | undefined => {
  const stream = new Mpeg2VideoStream(() => undefined);
  const bytes = Uint8Array.from([...sets, Uint8Array.of(0, 0, 8, 0), Uint8Array.of(1)].flatMap((set) => [0, 0, 1, ...set]));
  stream.push(bytes, 0, bytes.length);
  stream.flush();
  return stream.format;
};

const formatOf = (name: string): VideoFormat | undefined => {
  const [first = new Uint8Array(0), second = new Uint8Array(0)] = vector(name);
  if (name.startsWith("mpeg2")) {
    return mpeg2([first, second]);
  }
  if (name.startsWith("h264")) {
    const sps = readH264Sps(first);
    return sps === undefined ? undefined : h264Format(sps);
  }
  const sps = readHevcSps(second);
  return sps === undefined ? undefined : hevcFormat(sps, readHevcVps(first));
};

const BT709 = { primaries: "bt709", transfer: "bt709", matrix: "bt709" };

const cases: [name: string, facts: Partial<VideoFormat>][] = [
  [
    "h264-sps-1080i-cropped-with-hrd",
    {
      ...{
        codec: "h264",
        profile: "High",
        level: "4.1",
        width: 1920,
        height: 1080,
        codedWidth: 1920,
        codedHeight: 1088,
        scan: "interlaced",
      },
      ...{ frameRate: { numerator: 25, denominator: 1 }, colour: { fullRange: false, ...BT709 }, maxReorderFrames: 1 },
    },
  ],
  [
    "h264-sps-high-422-with-scaling-lists",
    {
      ...{ profile: "High 4:2:2", level: "3.1", width: 720, height: 576, chroma: "4:2:2", bitDepth: 10, scan: "progressive" },
      ...{ sampleAspectRatio: { numerator: 64, denominator: 45 }, frameRate: { numerator: 50, denominator: 1 } },
    },
  ],
  [
    "hevc-vps-sps-main-10-bt2020",
    {
      ...{ codec: "hevc", profile: "Main 10", level: "2.1", tier: "Main", width: 426, height: 242, codedWidth: 432, codedHeight: 256 },
      ...{
        bitDepth: 10,
        colour: { fullRange: false, primaries: "bt2020", transfer: "smpte2084", matrix: "bt2020nc" },
        maxReorderFrames: 2,
      },
    },
  ],
  ["hevc-vps-sps-sequence-of-fields", { height: 288, scan: "interlaced", frameRate: { numerator: 25, denominator: 1 } }],
  [
    "mpeg2-sequence-422-with-zeros-at-the-end",
    {
      ...{ codec: "mpeg2video", profile: "4:2:2", level: "High", width: 1920, height: 1080, codedHeight: 1088, chroma: "4:2:2" },
      ...{ scan: "progressive", sampleAspectRatio: { numerator: 1, denominator: 1 }, frameRate: { numerator: 30_000, denominator: 1001 } },
    },
  ],
];

for (const [name, facts] of cases) {
  test(`${name} is read whole`, () => {
    const format = formatOf(name);

    assert.ok(format !== undefined, "it is a parameter set");
    for (const [key, value] of Object.entries(facts)) {
      assert.deepEqual(format[key as keyof VideoFormat], value, key);
    }
  });
}

test("a set that is cut anywhere before its VUI is none, and one cut within it keeps its front", () => {
  const [sps = new Uint8Array(0)] = vector("h264-sps-1080i-cropped-with-hrd");
  const whole = readH264Sps(sps);
  const sizes = Array.from({ length: sps.length }, (_, size) => readH264Sps(sps.subarray(0, size)));

  const firstRead = sizes.findIndex((set) => set !== undefined);
  assert.ok(firstRead > 4, `read from ${firstRead} bytes on`);
  for (const set of sizes.slice(firstRead)) {
    assert.deepEqual([set?.width, set?.height, set?.profileIdc], [whole?.width, whole?.height, whole?.profileIdc]);
  }
});

test("profiles and levels have the names people use", () => {
  assert.deepEqual(
    [h264Profile(66, 0), h264Profile(66, 0x40), h264Profile(110, 0x10), h264Profile(122, 0), h264Profile(1, 0)],
    ["Baseline", "Constrained Baseline", "High 10 Intra", "High 4:2:2", undefined],
  );
  assert.deepEqual(
    [h264Level(77, 0x10, 11), h264Level(100, 0x10, 11), h264Level(100, 0, 9), h264Level(100, 0, 40), h264Level(100, 0, 200)],
    ["1b", "1.1", "1b", "4", undefined],
  );
  assert.deepEqual([hevcLevel(93), hevcLevel(120), hevcLevel(0), hevcLevel(100)], ["3.1", "4", undefined, undefined]);
});

test("the format range extensions of HEVC are told by their flags", () => {
  // max_12bit, max_10bit, max_8bit, max_422chroma, max_420chroma, max_monochrome, intra, one_picture_only, lower_bit_rate.
  const names = [0b100110001, 0b110110001, 0b110100001, 0b111000101, 0b111111001, 0b110000001].map((rangeFlags) =>
    hevcProfile({
      ...{ profileIdc: 4, compatibilityFlags: 0, highTier: false, progressiveSource: true, interlacedSource: false },
      ...{ rangeFlags, levelIdc: 120 },
    }),
  );

  assert.deepEqual(names, ["Main 12", "Main 10", "Main 4:2:2 10", "Main 4:4:4 Intra", "Monochrome", "Main 4:4:4 10"]);
});
