import assert from "node:assert/strict";
import { test } from "node:test";
import { fillRandom, integer, seeded, type Random } from "@bilbycast/testkit/random";
import { adaptationFieldSize, readAdaptationField, writeAdaptationField, type AdaptationField } from "../adaptation-field.ts";
import { hasPcr, PCR_WRAP, readPcr, STAMP_WRAP } from "../media-time.ts";
import { discontinuityIndicator, PACKET_SIZE, payloadOffset, writeHeader } from "../packet.ts";

const plain = { discontinuityIndicator: false, randomAccessIndicator: false, elementaryStreamPriorityIndicator: false };

/** What is said and its bytes from adaptation_field_length on, with two bytes of stuffing. */
const CASES: readonly [what: string, field: AdaptationField, hex: string][] = [
  ["nothing but flags", { ...plain, randomAccessIndicator: true }, "03 40 ffff"],
  ["a PCR", { ...plain, pcr: 0x1_2345_6789 * 300 + 299 }, "09 10 91a2b3c4ff2b ffff"],
  ["a PCR and the largest OPCR", { ...plain, pcr: 0, opcr: PCR_WRAP - 1 }, "0f 18 000000007e00 ffffffffff2b ffff"],
  ["a splice two packets ago", { ...plain, discontinuityIndicator: true, spliceCountdown: -2 }, "04 84 fe ffff"],
  ["private data", { ...plain, privateData: Uint8Array.of(1, 2) }, "06 02 020102 ffff"],
  ["an empty extension", { ...plain, extension: {} }, "05 01 01 1f ffff"],
  [
    "a whole extension",
    {
      ...plain,
      elementaryStreamPriorityIndicator: true,
      extension: {
        legalTimeWindow: { isValid: true, offset: 0x1234 },
        piecewiseRate: 0x3f_0001,
        seamlessSplice: { spliceType: 5, dtsNextAccessUnit: STAMP_WRAP - 1 },
      },
    },
    "0f 21 0b ff 9234 ff0001 5fffffffff ffff",
  ],
];

const packet = (length: number, field: AdaptationField): Uint8Array => {
  const bytes = new Uint8Array(PACKET_SIZE);
  writeHeader(bytes, 0, { pid: 0x100, continuityCounter: 5 });
  writeAdaptationField(bytes, 0, field, length);
  return bytes;
};

for (const [what, field, hex] of CASES) {
  test(`an adaptation field with ${what}, both ways`, () => {
    const size = adaptationFieldSize(field);
    const bytes = packet(size + 1, field);

    assert.equal(Buffer.from(bytes.subarray(4, 6 + size)).toString("hex"), hex.replaceAll(" ", ""));
    assert.deepEqual(readAdaptationField(bytes, 0), field);
    assert.equal(payloadOffset(bytes, 0), 6 + size);
    assert.equal(hasPcr(bytes, 0), field.pcr !== undefined);
    assert.equal(discontinuityIndicator(bytes, 0), field.discontinuityIndicator);
    assert.equal(field.pcr === undefined ? undefined : readPcr(bytes, 0), field.pcr);
  });
}

const flag = (random: Random): boolean => random() < 0.5;

const randomField = (random: Random): AdaptationField => ({
  discontinuityIndicator: flag(random),
  randomAccessIndicator: flag(random),
  elementaryStreamPriorityIndicator: flag(random),
  ...(flag(random) ? { pcr: integer(random, PCR_WRAP) } : {}),
  ...(flag(random) ? { opcr: integer(random, PCR_WRAP) } : {}),
  ...(flag(random) ? { spliceCountdown: integer(random, 256) - 128 } : {}),
  ...(flag(random) ? { privateData: fillRandom(random, new Uint8Array(integer(random, 140))) } : {}),
  ...(flag(random)
    ? {
        extension: {
          ...(flag(random) ? { legalTimeWindow: { isValid: flag(random), offset: integer(random, 32_768) } } : {}),
          ...(flag(random) ? { piecewiseRate: integer(random, 2 ** 22) } : {}),
          ...(flag(random) ? { seamlessSplice: { spliceType: integer(random, 16), dtsNextAccessUnit: integer(random, STAMP_WRAP) } } : {}),
        },
      }
    : {}),
});

test("adaptation fields of any kind are read as they were written (seed 13)", () => {
  const random = seeded(13);
  for (let i = 0; i < 20_000; i++) {
    const field = randomField(random);
    const least = adaptationFieldSize(field) - 1;
    assert.deepEqual(readAdaptationField(packet(least + integer(random, 184 - least), field), 0), field);
  }
});

test("100 000 fields with wrong bytes neither throw nor reach past their end (seed 14)", () => {
  const random = seeded(14);
  let found = 0;
  for (let i = 0; i < 100_000; i++) {
    const field = randomField(random);
    const bytes = packet(Math.min(183, adaptationFieldSize(field) + integer(random, 20)), field);
    for (let changes = 1 + integer(random, 4); changes > 0; changes--) {
      bytes[4 + integer(random, 30)] = integer(random, 256);
    }
    const before = bytes.slice();
    const read = readAdaptationField(bytes, 0);
    assert.deepEqual(bytes, before);
    if (read !== undefined) {
      found++;
      assert.ok(adaptationFieldSize(read) <= 1 + (bytes[4] ?? 0));
    }
  }
  assert.ok(found > 50_000, `${found}`);
});

test("what a field of a short length has no room for is left out", () => {
  const bytes = packet(20, { ...plain, pcr: 5, opcr: 6, spliceCountdown: 7 });
  for (const [length, names] of [
    [1, []],
    [6, []],
    [7, ["pcr"]],
    [12, ["pcr"]],
    [13, ["opcr", "pcr"]],
    [14, ["opcr", "pcr", "spliceCountdown"]],
  ] as const) {
    bytes[4] = length;
    const {
      discontinuityIndicator: _,
      randomAccessIndicator: __,
      elementaryStreamPriorityIndicator: ___,
      ...read
    } = readAdaptationField(bytes, 0) ?? plain;
    assert.deepEqual(Object.keys(read).toSorted(), names);
  }
  bytes[4] = 0;
  assert.equal(readAdaptationField(bytes, 0), undefined);
});

test("a field that does not fit is refused", () => {
  assert.throws(() => packet(6, { ...plain, pcr: 0 }), /fits/);
  assert.throws(() => packet(184, plain), /fits/);
});
