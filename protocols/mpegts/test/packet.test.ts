import assert from "node:assert/strict";
import { test } from "node:test";
import {
  difference,
  dtsOffset,
  hasPcr,
  isVideoPes,
  PCR_WRAP,
  ptsOffset,
  readPcr,
  readStamp,
  STAMP_WRAP,
  wrapped,
  writePcr,
  writeStamp,
} from "../media-time.ts";
import {
  adaptationFieldLength,
  continuityCounter,
  discontinuityIndicator,
  hasAdaptationField,
  hasPayload,
  isScrambled,
  PACKET_SIZE,
  payloadOffset,
  payloadUnitStart,
  pid,
  setContinuityCounter,
  setDiscontinuityIndicator,
  transportError,
  writeHeader,
} from "../packet.ts";
import { writePes } from "./made-stream.ts";

const hex = (text: string): Uint8Array => {
  const bytes = new Uint8Array(PACKET_SIZE).fill(0xff);
  bytes.set(text.split(" ").map((digits) => parseInt(digits, 16)));
  return bytes;
};

test("the fields of a header are where the standard puts them", () => {
  const bytes = hex("47 d1 23 bb 07 10 00 00 00 00 7e 00 00 00 01 e0");

  assert.equal(transportError(bytes, 0), true);
  assert.equal(payloadUnitStart(bytes, 0), true);
  assert.equal(pid(bytes, 0), 0x1123);
  assert.equal(isScrambled(bytes, 0), true);
  assert.equal(hasAdaptationField(bytes, 0), true);
  assert.equal(hasPayload(bytes, 0), true);
  assert.equal(continuityCounter(bytes, 0), 11);
  assert.equal(adaptationFieldLength(bytes, 0), 7);
  assert.equal(payloadOffset(bytes, 0), 12);
  assert.equal(hasPcr(bytes, 0), true);
});

test("writing one field leaves the others alone", () => {
  const bytes = hex("47 5f fe 35 b7 00");
  setContinuityCounter(bytes, 0, 31);
  setDiscontinuityIndicator(bytes, 0);

  assert.deepEqual([...bytes.subarray(0, 7)], [0x47, 0x5f, 0xfe, 0x3f, 0xb7, 0x80, 0xff]);
  assert.equal(discontinuityIndicator(bytes, 0), true);
});

test("a packet without adaptation field holds no discontinuity indicator and no PCR", () => {
  const bytes = hex("47 01 00 10 07 10 00 00");
  setDiscontinuityIndicator(bytes, 0);

  assert.equal(bytes[5], 0x10);
  assert.equal(hasPcr(bytes, 0), false);
  assert.equal(payloadOffset(bytes, 0), 4);
});

test("an adaptation field that leaves the packet is none", () => {
  const bytes = hex("47 41 00 30 ff 10 00 00");

  assert.equal(adaptationFieldLength(bytes, 0), 0);
  assert.equal(hasPcr(bytes, 0), false);
  assert.equal(payloadOffset(bytes, 0), PACKET_SIZE);
  assert.equal(ptsOffset(bytes, 0), 0);
});

test("a PCR is a 33-bit base times 300 plus an extension", () => {
  const bytes = hex("47 01 00 20 07 10 80 00 00 00 ff 2b");
  assert.equal(readPcr(bytes, 0), (2 ** 32 + 1) * 300 + 299);

  for (const pcr of [0, 1, 299, 300, 27_000_000, 2 ** 31, 2 ** 40 + 12_345, PCR_WRAP - 1]) {
    writeHeader(bytes, 0, { pid: 1, adaptationField: 7 });
    writePcr(bytes, 0, pcr);
    assert.equal(readPcr(bytes, 0), pcr);
    assert.equal(hasPcr(bytes, 0), true);
    assert.equal((bytes[10] ?? 0) & 0x7e, 0x7e);
  }
});

test("PTS and DTS are 33 bits between marker bits", () => {
  const bytes = new Uint8Array(PACKET_SIZE).fill(0xff);
  for (const stamp of [0, 1, 90_000, 2 ** 15, 2 ** 30 - 1, 2 ** 30, 2 ** 32 + 77_777, STAMP_WRAP - 1]) {
    writeHeader(bytes, 0, { pid: 1, payloadUnitStart: true });
    writePes(bytes, 4, 0xe0, stamp, wrapped(stamp - 3_600, STAMP_WRAP));
    const pts = ptsOffset(bytes, 0);
    const dts = dtsOffset(bytes, 0);
    assert.deepEqual([pts, dts], [13, 18]);
    assert.equal(readStamp(bytes, pts), stamp);
    assert.equal(readStamp(bytes, dts), wrapped(stamp - 3_600, STAMP_WRAP));
    assert.deepEqual(
      [bytes[pts], bytes[pts + 2], bytes[pts + 4]].map((byte) => (byte ?? 0) & 1),
      [1, 1, 1],
    );
    writeStamp(bytes, pts, 0x1_2345_6789);
    assert.equal(readStamp(bytes, pts), 0x1_2345_6789);
    assert.equal((bytes[pts] ?? 0) >> 4, 3);
  }
});

test("time stamps are found only in a PES header that begins here and has them whole", () => {
  const whole = hex("47 41 00 10 00 00 01 e0 00 00 80 80 05 21 00 01 00 01");
  assert.deepEqual([ptsOffset(whole, 0), dtsOffset(whole, 0)], [13, 0]);
  assert.equal(isVideoPes(whole, 0), true);

  assert.equal(ptsOffset(hex("47 01 00 10 00 00 01 e0 00 00 80 80 05 21 00 01 00 01"), 0), 0, "no unit starts");
  assert.equal(ptsOffset(hex("47 41 00 90 00 00 01 e0 00 00 80 80 05 21 00 01 00 01"), 0), 0, "scrambled");
  assert.equal(ptsOffset(hex("47 41 00 10 00 00 01 bf 00 00 80 80 05 21 00 01 00 01"), 0), 0, "private stream 2");
  assert.equal(ptsOffset(hex("47 41 00 10 00 00 01 e0 00 00 80 00 00 21 00 01 00 01"), 0), 0, "no PTS");
  assert.equal(ptsOffset(hex("47 40 00 10 00 00 b0 0d 00 00 80 80 05 21 00 01 00 01"), 0), 0, "a section");

  const late = new Uint8Array(PACKET_SIZE);
  writeHeader(late, 0, { pid: 1, payloadUnitStart: true, adaptationField: 170 });
  late.set([0, 0, 1, 0xe0, 0, 0, 0x80, 0xc0, 10], 175);
  assert.deepEqual([ptsOffset(late, 0), dtsOffset(late, 0)], [0, 0], "the header goes on in the next packet");
});

test("differences on a clock that wraps go the shorter way round", () => {
  assert.equal(difference(5, STAMP_WRAP - 5, STAMP_WRAP), 10);
  assert.equal(difference(STAMP_WRAP - 5, 5, STAMP_WRAP), -10);
  assert.equal(difference(PCR_WRAP / 2, 0, PCR_WRAP), -PCR_WRAP / 2);
  assert.equal(wrapped(-1, PCR_WRAP), PCR_WRAP - 1);
});
