import assert from "node:assert/strict";
import { test } from "node:test";
import { fillRandom, integer, seeded } from "@bilbycast/testkit/random";
import { readJpegXsDescriptor, readJpegXsPicture } from "../index.ts";

const u16 = (value: number): number[] => [value >> 8, value & 0xff];

/** JPEG_XS_video_descriptor without its private part. */
const descriptor = (interlace: number, denominator: number, rate: number, schar: number): Uint8Array =>
  Uint8Array.from([
    ...[0x14, 0, ...u16(1920), ...u16(1080), 0, 0, 0, 200],
    ...[(interlace << 6) | denominator, 0, ...u16(rate), ...u16(schar), ...u16(0x3540), 0x10, 0x04],
    ...[0, 0, 0, 0, 2, 1, 1, 1, 0, 0],
  ]);

const pictureHeader = [
  ...[0xff, 0x12, ...u16(26), 0, 0, 0, 0, ...u16(0x4a40), 0x20, 0x08, ...u16(3840), ...u16(2160), 0, 0, 0, 16],
  ...[3, 4, 8, 20, 0x8f, 0, 0x51, 0],
];
const components = [0xff, 0x13, ...u16(8), 10, 0x11, 10, 0x21, 10, 0x21];
const box = [0, 0, 0, 30, ...Buffer.from("jxes"), ...Array.from({ length: 22 }, () => 0)];
const codestream = [0xff, 0x10, 0xff, 0x50, 0, 2, ...pictureHeader, ...components, 0xff, 0x14, 0, 4, 1, 2, 0xff, 0x20, 0, 4, 0, 0];

test("the descriptor tells size, rate, sampling, profile and level", () => {
  assert.deepEqual(readJpegXsDescriptor(descriptor(0, 1, 50, 0x8090)), {
    width: 1920,
    height: 1080,
    bitRate: 200_000_000,
    interlaced: false,
    frameRate: 50,
    bitDepth: 10,
    chroma: "4:2:2",
    profile: "Main 422.10",
    level: "2k-1, 3 bpp",
  });
});

test("a descriptor of an interlaced stream of 29.97 frames without sampling says so", () => {
  const found = readJpegXsDescriptor(descriptor(1, 2, 30, 0x0090));

  assert.deepEqual(
    [found?.interlaced, found?.frameRate?.toFixed(3), found?.bitDepth, found?.chroma],
    [true, "29.970", undefined, undefined],
  );
});

test("a descriptor that is another, cut off or of a later version is refused", () => {
  const right = descriptor(0, 1, 50, 0x8090);

  assert.equal(readJpegXsDescriptor(right.with(0, 0x13)), undefined);
  assert.equal(readJpegXsDescriptor(right.with(1, 1)), undefined);
  assert.equal(readJpegXsDescriptor(right.subarray(0, 19)), undefined);
});

for (const [name, front] of [
  ["with its box", box],
  ["without a box", []],
] as [string, number[]][]) {
  test(`an access unit ${name} tells what its picture is`, () => {
    const bytes = Uint8Array.from([9, 9, ...front, ...codestream]);

    assert.deepEqual(readJpegXsPicture(bytes, 2, bytes.length), {
      width: 3840,
      height: 2160,
      profile: "High 444.12",
      level: "4k-1, 6 bpp",
      bitDepth: 10,
      chroma: "4:2:2",
    });
  });
}

test("a picture of one component is monochrome", () => {
  const mono = codestream.with(26, 1);

  assert.equal(readJpegXsPicture(Uint8Array.from(mono), 0, mono.length)?.chroma, "4:0:0");
});

test("where the bytes end behind the picture header, only the components are missing", () => {
  const found = readJpegXsPicture(Uint8Array.from(codestream), 0, 36);

  assert.deepEqual([found?.width, found?.bitDepth], [3840, undefined]);
  assert.equal(readJpegXsPicture(Uint8Array.from(codestream), 0, 30), undefined);
});

test("seed 32: 100 000 broken access units are read within their bytes or refused", () => {
  const random = seeded(32);
  const whole = Uint8Array.from([...box, ...codestream]);
  let read = 0;

  for (let i = 0; i < 100_000; i++) {
    const bytes = whole.slice();
    for (let flips = integer(random, 5); flips > 0; flips--) {
      const at = integer(random, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << integer(random, 8));
    }
    const end = integer(random, 3) === 0 ? integer(random, bytes.length) : bytes.length;
    const found = readJpegXsPicture(bytes, 0, end);
    read += found === undefined ? 0 : 1;
    assert.ok(found === undefined || (found.width > 0 && found.height > 0));
    readJpegXsDescriptor(
      fillRandom(random, new Uint8Array(2 + integer(random, 40)))
        .fill(0x14, 0, 1)
        .fill(0, 1, 2),
    );
  }

  assert.ok(read > 10_000 && read < 100_000, `${read} were read`);
});
