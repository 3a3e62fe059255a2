import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { chance, fillRandom, integer, seeded, type Random } from "@bilbycast/testkit/random";
import { GopMeter, H264Stream, HevcStream, Mpeg2VideoStream, readH264Sps, readHevcSps, readHevcVps, type AccessUnit } from "../index.ts";

const FOLDER = new URL("vectors/", import.meta.url);
const SETS = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".hex"))
  .flatMap((name) => readFileSync(new URL(name, FOLDER), "utf8").split("\n\n"))
  .map((set) => Uint8Array.from(Buffer.from(set.replaceAll(/\s/g, ""), "hex")));

/** Noise, or a parameter set with some bits turned, cut, or with noise behind. */
const rubbish = (random: Random): Uint8Array => {
  const set = SETS[integer(random, SETS.length)] ?? new Uint8Array(0);
  if (chance(random, 0.1)) {
    return fillRandom(random, new Uint8Array(integer(random, 200)));
  }
  const bytes = new Uint8Array(chance(random, 0.2) ? integer(random, set.length + 1) : set.length + integer(random, 20));
  fillRandom(random, bytes);
  bytes.set(set.subarray(0, bytes.length));
  for (let flips = integer(random, 6); flips > 0 && bytes.length > 0; flips--) {
    const at = integer(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << integer(random, 8));
  }
  return bytes;
};

test("seed 1: 200 000 mutated parameter sets are read or refused, and what is read makes sense", () => {
  const random = seeded(1);
  let read = 0;

  for (let i = 0; i < 200_000; i++) {
    const bytes = rubbish(random);
    readHevcVps(bytes);
    for (const sps of [readH264Sps(bytes), readHevcSps(bytes)]) {
      if (sps !== undefined) {
        read++;
        assert.ok(sps.width > 0 && sps.width <= sps.codedWidth && sps.codedWidth <= 16_888, `width ${sps.width}`);
        assert.ok(sps.height > 0 && sps.height <= sps.codedHeight && sps.codedHeight <= 32_768, `height ${sps.height}`);
        assert.ok(sps.bitDepth >= 8 && sps.bitDepth <= 16 && sps.chromaFormatIdc <= 3);
      }
    }
  }

  assert.ok(read > 10_000, `only ${read} were read: the mutations are too coarse to say anything`);
});

const STREAMS = { h264: H264Stream, hevc: HevcStream, mpeg2video: Mpeg2VideoStream };

for (const [name, Stream] of Object.entries(STREAMS)) {
  test(`seed 2: a ${name} stream of 200 000 random units gives access units with stamps that were given, at most one each`, () => {
    const random = seeded(2);
    const meter = new GopMeter();
    let units = 0;
    let last = -1;
    const take = (unit: AccessUnit): void => {
      units++;
      assert.ok(unit.dts === -1 || unit.dts > last, "stamps are not used twice");
      last = Math.max(last, unit.dts);
      meter.add(unit);
    };
    const stream = new Stream(take);

    for (let i = 0; i < 200_000; i++) {
      const body = chance(random, 0.2) ? rubbish(random) : fillRandom(random, new Uint8Array(integer(random, 40)));
      if (name === "hevc" && chance(random, 0.5) && body.length > 2) {
        // Else nearly all are of other layers.
        body.set([(body[0] ?? 0) & 0x7e, 1]);
      }
      const prefix = chance(random, 0.95) ? [0, 0, 1] : [0, 0];
      stream.stamp(i);
      stream.push(Uint8Array.from(prefix), 0, prefix.length);
      stream.push(body, 0, body.length);
      if (chance(random, 0.001)) {
        stream.flush();
      }
    }
    stream.flush();

    assert.ok(units > 1_000 && units <= 200_000, `${units} access units`);
    assert.ok((meter.facts.longest ?? 0) <= units);
    assert.ok(stream.malformed > 0 && stream.malformed < 400_000);
  });
}
