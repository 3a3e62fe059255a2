import assert from "node:assert/strict";
import { test } from "node:test";
import { Acknowledgement, FULL_ACK_SIZE, LossReport, writeLossRange } from "../control-bodies.ts";
import { CONCLUSION, INDUCTION, MAGIC, readHandshake, writeHandshake, type Handshake } from "../handshake.ts";
import {
  ACK,
  controlInformation,
  controlType,
  destinationSocket,
  EVEN,
  HANDSHAKE,
  HEADER_SIZE,
  isControl,
  isRetransmitted,
  isSolo,
  keyFlags,
  messageNumber,
  NAK,
  packetSequence,
  packetTimestamp,
  setRetransmitted,
  writeControlHeader,
  writeDataHeader,
} from "../packet.ts";
import { rejectReason } from "../reject-reason.ts";
import { nextMessageNumber, sequenceDistance, unwrapSequence, unwrapStamp, wireSequence } from "../sequence.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/[\s|]/g, "").match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

const LOOPBACK = hex("0100007F 00000000 00000000 00000000");
const CALLER = 0x1122_3344;
const ISN = 0x1a2b_3c4d;

const handshake = (fields: Partial<Handshake>): Handshake => ({
  version: 5,
  encryption: 0,
  extension: 0,
  initialSequence: ISN,
  mss: 1_500,
  flowWindow: 8_192,
  requestType: CONCLUSION,
  socketId: CALLER,
  cookie: 0xcafe_babe,
  peerAddress: LOOPBACK,
  extensions: {},
  ...fields,
});

/** One table for reader and writer. */
const HANDSHAKES: [name: string, timestamp: number, destination: number, bytes: Uint8Array, handshake: Handshake][] = [
  [
    "an induction request",
    1_000,
    0,
    hex(`80000000 00000000 000003E8 00000000 | 00000004 00000002 1A2B3C4D 000005DC
         00002000 00000001 11223344 00000000 0100007F 00000000 00000000 00000000`),
    handshake({ version: 4, extension: 2, requestType: INDUCTION, cookie: 0 }),
  ],
  [
    "an induction response",
    2_000,
    CALLER,
    hex(`80000000 00000000 000007D0 11223344 | 00000005 00004A17 1A2B3C4D 000005DC
         00002000 00000001 11223344 CAFEBABE 0100007F 00000000 00000000 00000000`),
    handshake({ extension: MAGIC, requestType: INDUCTION }),
  ],
  [
    "a conclusion with capabilities and a stream ID",
    5_000,
    0,
    hex(`80000000 00000000 00001388 00000000 | 00000005 00000005 1A2B3C4D 000005DC
         00002000 FFFFFFFF 11223344 CAFEBABE 0100007F 00000000 00000000 00000000
         00010003 00010505 000000BF 00780000 | 00050002 6576696C 0000312F`),
    handshake({
      extension: 5,
      extensions: { request: { version: 0x01_0505, flags: 0xbf, receiveLatency: 120, sendLatency: 0 }, streamId: "live/1" },
    }),
  ],
  [
    "a conclusion response whose key exchange failed",
    5_000,
    CALLER,
    hex(`80000000 00000000 00001388 11223344 | 00000005 00000003 1A2B3C4D 000005DC
         00002000 FFFFFFFF 11223344 CAFEBABE 0100007F 00000000 00000000 00000000
         00020003 00010505 000000BF 00780078 | 00040001 03000000`),
    handshake({
      extension: 3,
      extensions: {
        response: { version: 0x01_0505, flags: 0xbf, receiveLatency: 120, sendLatency: 120 },
        keyResponse: Uint8Array.of(3, 0, 0, 0),
      },
    }),
  ],
  [
    "a conclusion of a group member with filter and congestion control",
    0,
    0,
    hex(`80000000 00000000 00000000 00000000 | 00000005 00000005 1A2B3C4D 000005DC
         00002000 FFFFFFFF 11223344 CAFEBABE 0100007F 00000000 00000000 00000000
         00010003 00010505 000000BF 00780000 | 00060001 656C6966 | 00070003 2C636566 736C6F63 0000333A | 00080002 40000001 01000005`),
    handshake({
      extension: 5,
      extensions: {
        request: { version: 0x01_0505, flags: 0xbf, receiveLatency: 120, sendLatency: 0 },
        congestion: "file",
        filter: "fec,cols:3",
        group: { id: 0x4000_0001, type: 1, flags: 0, weight: 5 },
      },
    }),
  ],
];

for (const [name, timestamp, destination, bytes, expected] of HANDSHAKES) {
  test(`${name} is read and written as it is on the wire`, () => {
    const before = bytes.slice();
    const written = new Uint8Array(bytes.length);
    writeControlHeader(written, 0, HANDSHAKE, 0, 0, timestamp, destination);
    written.set(writeHandshake(expected), HEADER_SIZE);

    assert.deepEqual(readHandshake(bytes, HEADER_SIZE, bytes.length - HEADER_SIZE), expected);
    assert.deepEqual(written, before);
    assert.deepEqual(bytes, before);
    assert.ok(isControl(bytes, 0));
    assert.equal(controlType(bytes, 0), HANDSHAKE);
    assert.equal(packetTimestamp(bytes, 0), timestamp);
    assert.equal(destinationSocket(bytes, 0), destination);
  });
}

const conclusion = (blocks: string): Uint8Array =>
  hex(`00000005 00000005 1A2B3C4D 000005DC 00002000 FFFFFFFF 11223344 CAFEBABE 0100007F 00000000 00000000 00000000 ${blocks}`);
const BROKEN: [name: string, body: Uint8Array][] = [
  ["nothing", new Uint8Array(0)],
  ["a handshake that ends early", conclusion("").subarray(0, 47)],
  ["a block that reaches past the end", conclusion("00010003 00010505 000000BF")],
  ["a block that comes twice", conclusion("00010003 00010505 000000BF 00780000 00010003 00010505 000000BF 00780000")],
  ["capabilities of two words", conclusion("00010002 00010505 000000BF")],
  ["half a word behind the blocks", conclusion("00010003 00010505 000000BF 00780000 0001")],
  ["a key request of no words", conclusion("00030000")],
  ["a group of one word", conclusion("00080001 40000001")],
  ["a stream ID of 516 bytes", conclusion(`00050081 ${"61616161".repeat(129)}`)],
  ["a filter of 68 bytes", conclusion(`00070011 ${"61616161".repeat(17)}`)],
  ["a conclusion of version 4 with something behind it", conclusion("00000000").with(3, 4)],
];

for (const [name, body] of BROKEN) {
  test(`${name} is no handshake`, () => {
    assert.equal(readHandshake(body, 0, body.length), undefined);
  });
}

test("blocks that nobody knows are skipped, and the order of the others is free", () => {
  const body = conclusion("00630002 01020304 05060708 00050001 64636261 00010003 00010505 000000BF 00780000");
  assert.deepEqual(readHandshake(body, 0, body.length)?.extensions, {
    streamId: "abcd",
    request: { version: 0x01_0505, flags: 0xbf, receiveLatency: 120, sendLatency: 0 },
  });
});

const DATA: [word: string, keys: number, again: boolean][] = [
  ["C0000001", 0, false],
  ["C4000001", 0, true],
  ["C8000001", EVEN, false],
  ["CC000001", EVEN, true],
];

for (const [word, keys, again] of DATA) {
  test(`a data packet with ${word} in its second word`, () => {
    const bytes = hex(`1A2B3C4D ${word} 000F4240 55667788`);
    const written = new Uint8Array(HEADER_SIZE);
    writeDataHeader(written, 0, ISN, 1, keys, 1_000_000, 0x5566_7788);
    setRetransmitted(written, 0, again);

    assert.deepEqual(written, bytes);
    assert.ok(!isControl(bytes, 0) && isSolo(bytes, 0));
    assert.deepEqual([packetSequence(bytes, 0), messageNumber(bytes, 0)], [ISN, 1]);
    assert.deepEqual([keyFlags(bytes, 0), isRetransmitted(bytes, 0)], [keys, again]);
    assert.deepEqual([packetTimestamp(bytes, 0), destinationSocket(bytes, 0)], [1_000_000, 0x5566_7788]);
  });
}

test("an ACK in its full form", () => {
  const bytes = hex(`80020000 00000001 000F6950 11223344 | 1A2B3C50 000061A8 00000BB8 00001FFD 000003E8 000009C4 0014C080`);
  const ack = new Acknowledgement();
  assert.ok(ack.read(bytes, HEADER_SIZE, FULL_ACK_SIZE));
  assert.deepEqual([ack.position, ack.rtt, ack.rttVariance, ack.window], [0x1a2b_3c50, 25_000, 3_000, 8_189]);
  assert.deepEqual([ack.receiveRate, ack.linkCapacity, ack.receiveBytes], [1_000, 2_500, 1_360_000]);

  const written = new Uint8Array(HEADER_SIZE + FULL_ACK_SIZE);
  writeControlHeader(written, 0, ACK, 0, 1, 0x000f_6950, CALLER);
  ack.write(written, HEADER_SIZE);
  assert.deepEqual(written, bytes);
  assert.equal(controlInformation(bytes, 0), 1);
});

test("shorter ACKs say less, and what is no ACK is refused", () => {
  const body = hex("1A2B3C50 000061A8 00000BB8 00001FFD 000003E8 000009C4 0014C080 00000000");
  const ack = new Acknowledgement();
  const fields = (length: number): number[] | undefined =>
    ack.read(body, 0, length) ? [ack.rtt, ack.window, ack.receiveRate, ack.receiveBytes] : undefined;
  assert.deepEqual(fields(4), [-1, -1, -1, -1]);
  assert.deepEqual(fields(12), [-1, -1, -1, -1]);
  assert.deepEqual(fields(16), [25_000, 8_189, -1, -1]);
  assert.deepEqual(fields(24), [25_000, 8_189, 1_000, -1]);
  assert.deepEqual(fields(32), [25_000, 8_189, 1_000, 1_360_000]);
  assert.equal(fields(3), undefined);
  assert.equal(ack.read(hex("9A2B3C50"), 0, 4), false);
});

const rangesOf = (body: Uint8Array): { ranges: number[][]; isWhole: boolean } => {
  const report = new LossReport();
  const ranges: number[][] = [];
  report.begin(body, 0, body.length);
  while (report.next()) {
    ranges.push([report.first, report.last]);
  }
  return { ranges, isWhole: report.isWhole };
};

test("a NAK has ranges and single packets", () => {
  const bytes = hex("80030000 00000000 000F7000 11223344 | 9A2B3C51 1A2B3C54 1A2B3C57");
  assert.equal(controlType(bytes, 0), NAK);
  const body = bytes.subarray(HEADER_SIZE);
  const written = new Uint8Array(12);
  const length = writeLossRange(written, 0, 0x1a2b_3c51, 0x1a2b_3c54);
  assert.equal(length + writeLossRange(written, length, 0x1a2b_3c57, 0x1a2b_3c57), 12);

  assert.deepEqual(written, body.slice());
  const ranges = [
    [0x1a2b_3c51, 0x1a2b_3c54],
    [0x1a2b_3c57, 0x1a2b_3c57],
  ];
  assert.deepEqual(rangesOf(body), { ranges, isWhole: true });
});

test("a NAK whose last range has no end, or an end that is a beginning, is not whole", () => {
  assert.deepEqual(rangesOf(hex("00000001 80000005")), { ranges: [[1, 1]], isWhole: false });
  assert.deepEqual(rangesOf(hex("80000005 80000007")), { ranges: [], isWhole: false });
  assert.deepEqual(rangesOf(hex("0000")), { ranges: [], isWhole: false });
});

test("sequence numbers, message numbers and time stamps go round", () => {
  assert.equal(sequenceDistance(0x7fff_ffff, 0), 1);
  assert.equal(sequenceDistance(0, 0x7fff_ffff), -1);
  assert.equal(unwrapSequence(0, 5 * 2 ** 31 - 1), 5 * 2 ** 31);
  assert.equal(wireSequence(5 * 2 ** 31 + 7), 7);
  assert.equal(unwrapStamp(5, 2 ** 32 - 1), 2 ** 32 + 5);
  assert.equal(unwrapStamp(0xffff_ffff, 7 * 2 ** 32), 7 * 2 ** 32 - 1);
  assert.equal(nextMessageNumber(0x3ff_ffff), 1);
});

test("refusals have names, also those of applications and of nobody", () => {
  assert.deepEqual([5, 10, 1_403, 2_007, 99].map(rejectReason), ["backlog", "wrong_passphrase", "forbidden", "application", "unknown"]);
});
