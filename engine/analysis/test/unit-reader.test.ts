import assert from "node:assert/strict";
import { test } from "node:test";
import { UnitReader, type UnitFacts } from "../pictures/unit-reader.ts";

type Unit = { bytes: Uint8Array; starts: number[] };

const unitOf = (...parts: readonly (readonly number[])[]): Unit => {
  const bytes: number[] = [];
  const starts: number[] = [];
  for (const part of parts) {
    bytes.push(0, 0, 1);
    starts.push(bytes.length);
    bytes.push(...part);
  }
  return { bytes: Uint8Array.from(bytes), starts };
};

const read = (reader: UnitReader, { bytes, starts }: Unit): UnitFacts => reader.read(bytes, bytes.length, starts);

const complete = (reader: UnitReader, { bytes, starts }: Unit): Uint8Array | undefined => reader.complete(bytes, bytes.length, starts);

const SEQUENCE = [
  [0xb3, 0x14, 0x00, 0xf0, 0x23, 0xff, 0xff, 0xe1, 0x18],
  [0xb5, 0x14, 0x8a, 0x00, 0x01, 0x00, 0x00],
];
const TYPES = { I: 0x08, P: 0x10 };
const STRUCTURES = { top: 1, bottom: 2, frame: 3 };

/** An MPEG-2 picture: header, coding extension, slice. */
const picture = (type: keyof typeof TYPES, structure: keyof typeof STRUCTURES): number[][] => [
  [0x00, 0x00, TYPES[type], 0xff, 0xf8],
  [0xb5, 0x8f, 0xff, 0xf0 | STRUCTURES[structure], 0x41, 0x80],
  [0x01, 0x55, 0x55],
];

test("a frame of MPEG-2 stands alone when it is intra, and two fields are one frame whichever comes first", () => {
  for (const [first, second] of [
    ["top", "bottom"],
    ["bottom", "top"],
  ] as const) {
    const reader = new UnitReader("mpeg2");
    assert.deepEqual(read(reader, unitOf(...SEQUENCE, ...picture("I", "frame"))), { isIntra: true, field: "none" });
    assert.deepEqual(read(reader, unitOf(...picture("I", first))), { isIntra: true, field: "first" });
    assert.deepEqual(read(reader, unitOf(...picture("P", second))), { isIntra: false, field: "second" });
    assert.deepEqual(read(reader, unitOf(...picture("P", first))), { isIntra: false, field: "first" });
    // Its other field was lost.
    assert.deepEqual(read(reader, unitOf(...picture("I", first))), { isIntra: true, field: "first" });
    assert.deepEqual(read(reader, unitOf(...picture("P", "frame"))), { isIntra: false, field: "none" });
  }
});

test("what comes without its sequence header gets the last one, with its extension, byte by byte", () => {
  const reader = new UnitReader("mpeg2");
  const bare = unitOf(...picture("I", "frame"));
  assert.equal(complete(reader, bare), undefined);
  read(reader, unitOf(...SEQUENCE, ...picture("I", "frame")));

  assert.deepEqual([...(complete(reader, bare) ?? [])], [0, ...unitOf(...SEQUENCE).bytes, ...bare.bytes]);
  const own = unitOf(...SEQUENCE, ...picture("I", "frame"));
  assert.deepEqual([...(complete(reader, own) ?? [])], [...own.bytes]);
});

test("HEVC stands alone at its random access pictures, and needs all three of its parameter sets", () => {
  const reader = new UnitReader("hevc");
  const video = [0x40, 1, 5];
  const sequence = [0x42, 1, 6];
  const pictureSet = [0x44, 1, 7];
  const slice = (type: number): number[] => [type << 1, 1, 0x80, 9];
  for (const type of [16, 19, 20, 21]) {
    assert.deepEqual(read(reader, unitOf(slice(type))), { isIntra: true, field: "none" }, `${type}`);
  }
  assert.equal(read(reader, unitOf(slice(1))).isIntra, false);
  assert.equal(read(reader, unitOf(video)).isIntra, false);

  assert.equal(complete(reader, unitOf(slice(19))), undefined);
  read(reader, unitOf(sequence, pictureSet, slice(1)));
  // What is put in front has long start codes.
  const front = [video, sequence, pictureSet].flatMap((set) => [0, ...unitOf(set).bytes]);
  assert.deepEqual([...(complete(reader, unitOf(slice(19))) ?? [])], [...front, ...unitOf(slice(19)).bytes]);
});

test("parameter sets that are too long or too many are not kept", () => {
  const reader = new UnitReader("mpeg2");
  read(reader, unitOf([0xb3, ...Array.from({ length: 5_000 }, () => 0x55)], ...picture("I", "frame")));

  assert.equal(complete(reader, unitOf(...picture("I", "frame"))), undefined);
});
