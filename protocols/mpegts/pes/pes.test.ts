import assert from "node:assert/strict";
import { test } from "node:test";
import { fillRandom, integer, seeded, type Random } from "@bilbycast/testkit/random";
import { readAdaptationField } from "../adaptation-field.ts";
import { dtsOffset, PCR_WRAP, ptsOffset, readStamp, STAMP_WRAP } from "../media-time.ts";
import { continuityCounter, hasPayload, PACKET_SIZE, payloadUnitStart, pid, SYNC_BYTE } from "../packet.ts";
import { PesAssembler } from "./pes-assembler.ts";
import { pesHeaderSize, pesPayloadOffset, readPesHeader, writePesHeader, type PesHeader, type PesOptionalHeader } from "./pes-header.ts";
import { mostPacketsOfPes, PesPacketizer, type PesFrame } from "./pes-packetizer.ts";

const PID = 0x101;
const LONGEST = 200_000;

const plain: PesOptionalHeader = {
  scramblingControl: 0,
  priority: false,
  dataAlignmentIndicator: false,
  copyright: false,
  originalOrCopy: false,
};

const CASES: readonly [what: string, header: PesHeader, hex: string][] = [
  ["padding, which has none of it", { streamId: 0xbe, packetLength: 10 }, "000001be000a"],
  ["audio without time", { streamId: 0xc0, packetLength: 3, optional: { ...plain, dataAlignmentIndicator: true } }, "000001c00003 840000"],
  ["a PTS", { streamId: 0xe0, packetLength: 0, optional: { ...plain, pts: 0x1_2345_6789 } }, "000001e00000 808005 298d15cf13"],
  [
    "a PTS and a DTS",
    { streamId: 0xe0, packetLength: 0, optional: { ...plain, pts: STAMP_WRAP - 1, dts: 0 } },
    "000001e00000 80c00a 3fffffffff 1100010001",
  ],
  [
    "everything",
    {
      streamId: 0xbd,
      packetLength: 65_535,
      optional: {
        ...{ scramblingControl: 2, priority: true, dataAlignmentIndicator: true, copyright: true, originalOrCopy: true },
        ...{ pts: 1, dts: 2, escr: PCR_WRAP - 1, esRate: 0x3f_fffe, trickMode: 0x25, additionalCopyInfo: 0x7e, previousPacketCrc: 0xabcd },
      },
    },
    "000001bdffff affe17 3100010003 1100010005 fffffffffe57 fffffd 25 fe abcd",
  ],
];

for (const [what, header, hex] of CASES) {
  test(`a PES header with ${what}, both ways`, () => {
    const bytes = new Uint8Array(64);
    const size = writePesHeader(bytes, 0, header);

    assert.equal(Buffer.from(bytes.subarray(0, size)).toString("hex"), hex.replaceAll(" ", ""));
    assert.equal(size, pesHeaderSize(header));
    assert.deepEqual(readPesHeader(bytes, 0, size), header);
    assert.equal(readPesHeader(bytes, 0, size - 1), undefined);
  });
}

const flag = (random: Random): boolean => random() < 0.5;

const randomHeader = (random: Random): PesHeader => ({
  streamId: [0xe0, 0xc0, 0xbd][integer(random, 3)] ?? 0,
  packetLength: 0,
  optional: {
    scramblingControl: integer(random, 4),
    priority: flag(random),
    dataAlignmentIndicator: flag(random),
    copyright: flag(random),
    originalOrCopy: flag(random),
    ...(flag(random) ? { pts: integer(random, STAMP_WRAP), ...(flag(random) ? { dts: integer(random, STAMP_WRAP) } : {}) } : {}),
    ...(flag(random) ? { escr: integer(random, PCR_WRAP) } : {}),
    ...(flag(random) ? { esRate: integer(random, 2 ** 22) } : {}),
    ...(flag(random) ? { trickMode: integer(random, 256) } : {}),
    ...(flag(random) ? { additionalCopyInfo: integer(random, 128) } : {}),
    ...(flag(random) ? { previousPacketCrc: integer(random, 65_536) } : {}),
  },
});

test("PES headers of any kind are read as they were written, with any stuffing (seed 21)", () => {
  const random = seeded(21);
  const bytes = new Uint8Array(512);
  for (let i = 0; i < 20_000; i++) {
    const header = randomHeader(random);
    const stuffing = integer(random, 33);
    const at = integer(random, 200);
    const size = writePesHeader(bytes, at, header, stuffing);
    assert.equal(size, pesHeaderSize(header) + stuffing);
    assert.deepEqual(readPesHeader(bytes, at, at + size), header);
  }
});

/** A frame of one of three kinds, with or without PCRs. */
const randomFrame = (random: Random): PesFrame => {
  const header = randomHeader(random);
  const size = [integer(random, 400), integer(random, 60_000), integer(random, 20)][integer(random, 3)] ?? 0;
  const payload = fillRandom(random, new Uint8Array(size + 10));
  const every = 1 + integer(random, 20);
  return {
    header,
    payload,
    from: 4,
    end: 4 + size,
    isUnbounded: header.streamId === 0xe0 && flag(random),
    randomAccess: flag(random),
    discontinuity: flag(random),
    ...(flag(random) ? { pcrOf: (packet) => (packet % every === 0 ? packet * 1_000 : -1) } : {}),
  };
};

test("PES packets of any length are put together as they were cut (seeds 0 to 299)", () => {
  const target = new Uint8Array(mostPacketsOfPes(61_000) * PACKET_SIZE);
  const packetizer = new PesPacketizer(PID);
  const found: Uint8Array[] = [];
  const assembler = new PesAssembler((packet) => found.push(packet.slice()), LONGEST);
  let counter = 0;
  for (let seed = 0; seed < 300; seed++) {
    const frame = randomFrame(seeded(seed));
    const size = pesHeaderSize(frame.header) + frame.end - frame.from;
    const count = packetizer.write(frame, target, 0);

    assert.ok(count <= mostPacketsOfPes(size));
    for (let i = 0; i < count; i++, counter++) {
      const at = i * PACKET_SIZE;
      const field = readAdaptationField(target, at);
      const pcr = frame.pcrOf?.(i) ?? -1;
      assert.deepEqual(
        [
          target[at],
          pid(target, at),
          payloadUnitStart(target, at),
          continuityCounter(target, at),
          hasPayload(target, at),
          field?.pcr ?? -1,
        ],
        [SYNC_BYTE, PID, i === 0, counter & 15, true, pcr],
      );
      assert.equal(field?.randomAccessIndicator ?? false, i === 0 && frame.randomAccess);
      assert.equal(field?.discontinuityIndicator ?? false, i === 0 && frame.discontinuity);
      assembler.push(target, at);
    }
    assembler.flush();

    const [packet = new Uint8Array(0), ...more] = found.splice(0);
    const offset = pesPayloadOffset(packet, 0, packet.length) ?? 0;
    const header = readPesHeader(packet, 0, packet.length);
    assert.deepEqual(header, { ...frame.header, packetLength: frame.isUnbounded === true ? 0 : size - 6 }, `seed ${seed}`);
    assert.deepEqual(packet.subarray(offset), frame.payload.subarray(frame.from, frame.end), `seed ${seed}`);
    assert.deepEqual(more, []);
  }
  assert.deepEqual([assembler.broken, assembler.tooLong, assembler.malformed], [0, 0, 0]);
});

test("time stamps are found in the packet where the header begins", () => {
  const target = new Uint8Array(PACKET_SIZE);
  const header = { streamId: 0xe0, packetLength: 0, optional: { ...plain, pts: 9_000, dts: 5_400 } };
  new PesPacketizer(PID).write({ header, payload: target, from: 0, end: 0, pcrOf: () => 7 }, target, 0);

  assert.deepEqual([readStamp(target, ptsOffset(target, 0)), readStamp(target, dtsOffset(target, 0))], [9_000, 5_400]);
});

test("a packet with nothing but a PCR does not count", () => {
  const target = new Uint8Array(3 * PACKET_SIZE);
  const packetizer = new PesPacketizer(PID);
  const frame = { header: { streamId: 0xc0, packetLength: 0, optional: plain }, payload: target, from: 0, end: 10 };
  packetizer.write(frame, target, 0);
  packetizer.writeClock(target, PACKET_SIZE, 27_000_000);
  packetizer.write(frame, target, 2 * PACKET_SIZE);

  assert.deepEqual(
    [0, 1, 2].map((i) => [continuityCounter(target, i * PACKET_SIZE), hasPayload(target, i * PACKET_SIZE)]),
    [
      [0, true],
      [0, false],
      [1, true],
    ],
  );
  assert.equal(readAdaptationField(target, PACKET_SIZE)?.pcr, 27_000_000);
});

test("only video may be longer than its length can say, and what has no room is refused", () => {
  const payload = new Uint8Array(70_000);
  const target = new Uint8Array(mostPacketsOfPes(71_000) * PACKET_SIZE);
  const frame = (streamId: number): PesFrame => ({
    header: { streamId, packetLength: 0, optional: plain },
    payload,
    from: 0,
    end: payload.length,
  });

  assert.ok(new PesPacketizer(PID).write(frame(0xe0), target, 0) > 300);
  assert.throws(() => new PesPacketizer(PID).write(frame(0xc0), target, 0), /only video/);
  assert.throws(() => new PesPacketizer(PID).write(frame(0xe0), target.subarray(0, 1_000), 0), /room/);
});

/** Packets of three audio PES packets, three transport packets each. */
const threeFrames = (): Uint8Array => {
  const bytes = new Uint8Array(9 * PACKET_SIZE);
  const packetizer = new PesPacketizer(PID);
  for (let i = 0; i < 3; i++) {
    const payload = new Uint8Array(500).fill(i);
    packetizer.write(
      { header: { streamId: 0xc0, packetLength: 0, optional: plain }, payload, from: 0, end: 500 },
      bytes,
      i * 3 * PACKET_SIZE,
    );
  }
  return bytes;
};

test("a lost packet costs the PES packet that it belonged to and no other, and a doubled one costs nothing", () => {
  const bytes = threeFrames();
  const found: number[] = [];
  const assembler = new PesAssembler((packet) => found.push(packet.at(-1) ?? -1), LONGEST);
  for (const i of [0, 1, 1, 2, 3, 5, 6, 7, 8, 8]) {
    assembler.push(bytes, i * PACKET_SIZE);
  }
  assert.deepEqual(found, [0, 2]);
  assert.equal(assembler.broken, 1);
});

test("what is scrambled, too long or no PES packet is counted and not given on", () => {
  const bytes = threeFrames();
  bytes[4 * PACKET_SIZE + 3] = (bytes[4 * PACKET_SIZE + 3] ?? 0) | 0x80;
  bytes[6 * PACKET_SIZE + 6] = 7;
  const found: Uint8Array[] = [];
  const assembler = new PesAssembler((packet) => found.push(packet), LONGEST);
  const small = new PesAssembler((packet) => found.push(packet), 400);
  for (let at = 0; at < bytes.length; at += PACKET_SIZE) {
    assembler.push(bytes, at);
    small.push(bytes, at);
  }
  assert.equal(found.length, 1);
  assert.deepEqual([assembler.scrambled, assembler.broken, assembler.malformed, assembler.tooLong], [1, 1, 1, 0]);
  assert.deepEqual([small.scrambled, small.broken, small.malformed, small.tooLong], [1, 0, 1, 2]);
});

test("100 000 packets with wrong bytes neither throw nor give more than there is room for (seed 22)", () => {
  const random = seeded(22);
  const target = new Uint8Array(mostPacketsOfPes(61_000) * PACKET_SIZE);
  const packetizer = new PesPacketizer(PID);
  const bound = 20_000;
  let given = 0;
  const assembler = new PesAssembler((packet) => {
    given++;
    assert.ok(packet.length <= bound);
    readPesHeader(packet, 0, packet.length);
  }, bound);
  for (let packets = 0; packets < 100_000;) {
    const count = packetizer.write(randomFrame(random), target, 0);
    for (let i = 0; i < count; i++, packets++) {
      for (let changes = integer(random, 3); changes > 0; changes--) {
        target[i * PACKET_SIZE + integer(random, 30)] = integer(random, 256);
      }
      assembler.push(target, i * PACKET_SIZE);
    }
  }
  const counts = [given, assembler.broken, assembler.malformed, assembler.tooLong];
  assert.ok(Math.min(...counts) > 100, counts.join(" "));
});
