import assert from "node:assert/strict";
import { test } from "node:test";
import { chance, fillRandom, integer, seeded } from "@bilbycast/testkit/random";
import { ac3Shape, adtsShape, FrameWalker, latmShape, mpegAudioShape, opusShape, readAdtsHeader, type FrameShape } from "../index.ts";

/** An ADTS frame: LC, 48 kHz, stereo, of that size, filled with one byte. */
const adts = (size: number, fill = 0x21): number[] => [
  ...[0xff, 0xf1, 0x4c, 0x80 | (size >> 11), (size >> 3) & 0xff, ((size & 7) << 5) | 0x1f, 0xfc],
  ...Array.from({ length: size - 7 }, () => fill),
];

type Walked = { walker: FrameWalker; sizes: number[]; stamps: number[]; push: (bytes: readonly number[]) => void };

const walk = (shape: FrameShape): Walked => {
  const sizes: number[] = [];
  const stamps: number[] = [];
  const walker = new FrameWalker(shape, ({ frameSize }, stamp) => {
    sizes.push(frameSize);
    stamps.push(stamp);
  });
  return { walker, sizes, stamps, push: (bytes) => walker.push(Uint8Array.from(bytes), 0, bytes.length) };
};

test("frames are the same wherever the bytes are cut", () => {
  const stream = [...adts(20), ...adts(7), ...adts(33)];

  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const { push, sizes } = walk(adtsShape);
      push(stream.slice(0, first));
      push(stream.slice(first, second));
      push(stream.slice(second));

      assert.deepEqual(sizes, [20, 7, 33]);
    }
  }
});

test("a sync word alone is no frame: it takes another header behind it", () => {
  const { push, sizes, walker } = walk(adtsShape);

  push([1, 2, ...adts(20)]);
  assert.deepEqual(sizes, []);

  push(adts(21));
  assert.deepEqual(sizes, [20, 21]);
  assert.equal(walker.skippedBytes, 2);
});

test("after rubbish the walker finds its way again and counts the loss once", () => {
  const { push, sizes, walker } = walk(adtsShape);

  push([...adts(20), ...adts(21), 9, 9, 9, ...adts(22), ...adts(23)]);

  assert.deepEqual(sizes, [20, 21, 22, 23]);
  assert.deepEqual([walker.lost, walker.skippedBytes], [1, 3]);
});

test("a stamp belongs to the first frame that begins after it", () => {
  const { push, stamps, walker } = walk(adtsShape);

  walker.stamp(5);
  push([...adts(20), ...adts(20).slice(0, 9)]);
  walker.stamp(6);
  push([...adts(20).slice(9), ...adts(20)]);

  assert.deepEqual(stamps, [5, -1, 6]);
});

test("after a break the half frame is forgotten and the format stays known", () => {
  const { push, sizes, walker } = walk(adtsShape);

  push([...adts(20), ...adts(20), ...adts(20).slice(0, 10)]);
  walker.flush();
  push([...adts(30), ...adts(30)]);

  assert.deepEqual(sizes.slice(-2), [30, 30]);
  assert.equal(walker.format?.profile, "LC");
});

test("an ADTS header tells everything it has", () => {
  assert.deepEqual(readAdtsHeader(Uint8Array.of(0xff, 0xf8, 0x50, 0x80, 0x02, 0x5f, 0xfd), 0), {
    ...{ isMpeg2: true, hasCrc: true, audioObjectType: 2, sampleRate: 44_100, channelConfiguration: 2, frameSize: 18, blocks: 2 },
  });
  assert.equal(readAdtsHeader(Uint8Array.of(0xff, 0xf1, 0x4c, 0x80, 0, 0x1f, 0xfc), 0), undefined, "shorter than its header");
  assert.equal(readAdtsHeader(Uint8Array.of(0xff, 0xf1, 0x7c, 0x80, 2, 0x1f, 0xfc), 0), undefined, "reserved frequency");
  assert.equal(readAdtsHeader(Uint8Array.of(0xff, 0xf1, 0x4c), 0), undefined, "cut off");
});

test("an Opus header may be as long as its size and trims make it", () => {
  const { push, sizes, walker } = walk(opusShape);
  // Both trims, an extension of two bytes, a size of 255 + 5; then TOC 0xFC: CELT, 20 ms, one stereo frame.
  const long = [0x7f, 0xfc, 0xff, 5, 0, 1, 0, 2, 2, 7, 7, 0xfc, ...Array.from({ length: 259 }, () => 1)];
  const short = [0x7f, 0xe0, 3, 0xfc, 1, 1];

  push([...long, ...short, ...long]);

  assert.deepEqual(sizes, [271, 6, 271]);
  assert.deepEqual(walker.format, { codec: "opus", sampleRate: 48_000, frameSamples: 960 });
});

const shapes: [name: string, make: () => FrameShape, front: number[]][] = [
  ["ADTS", () => adtsShape, [0xff, 0xf1, 0x4c, 0x80, 0x02, 0x5f, 0xfc]],
  ["LATM", latmShape, [0x56, 0xe0, 0x20, 0x20, 0x00, 0x11, 0x90]],
  ["MPEG audio", () => mpegAudioShape, [0xff, 0xfd, 0x14, 0x00]],
  ["AC-3", () => ac3Shape, [0x0b, 0x77, 0, 0, 0x00, 0x40, 0x40, 0]],
  ["E-AC-3", () => ac3Shape, [0x0b, 0x77, 0x00, 0x20, 0x3f, 0x80, 0, 0]],
  ["Opus", () => opusShape, [0x7f, 0xe0, 0x20, 0xfc]],
];

for (const [name, make, front] of shapes) {
  test(`seed 3: 200 000 pieces of ${name} rubbish are walked the same way twice, and no frame is longer than its codec has`, () => {
    const random = seeded(3);
    let bytes = 0;
    let walked = 0;
    const { walker } = walk(make());
    const shape = make();
    const counted = new FrameWalker(shape, ({ frameSize, format }, stamp) => {
      walked++;
      assert.ok(frameSize >= shape.headerSize && frameSize <= 16_384, `a frame of ${frameSize}`);
      assert.ok(format === undefined || format.sampleRate > 0);
      assert.ok(stamp < 200_000);
    });

    for (let i = 0; i < 200_000; i++) {
      const piece = fillRandom(random, new Uint8Array(integer(random, 48)));
      if (chance(random, 0.8)) {
        piece.set(front.slice(0, piece.length));
      }
      bytes += piece.length;
      counted.stamp(i);
      counted.push(piece, 0, piece.length);
      walker.push(piece, 0, piece.length);
    }

    assert.ok(walked > 100, `${walked} frames`);
    assert.ok(counted.skippedBytes < bytes && counted.lost <= walked);
    assert.equal(walker.skippedBytes, counted.skippedBytes, "the same bytes are walked the same way");
  });
}
