import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isRtcp,
  payloadEnd,
  payloadStart,
  payloadType,
  sequenceDistance,
  sequenceNumber,
  ssrc,
  timestamp,
  unwrapSequence,
  writeHeader,
} from "@bilbycast/protocols/rtp";
import { rtpPacket } from "@bilbycast/testkit/streams";

const BEFORE = 5;

/** The payload of a packet that lies in the middle of other bytes, as [start, end], or what makes it malformed. */
const payloadOf = (packet: Uint8Array): [number, number] | "no header" | "no padding" => {
  const bytes = new Uint8Array(BEFORE + packet.length + 300).fill(0xff);
  bytes.set(packet, BEFORE);
  const before = bytes.slice();
  const start = payloadStart(bytes, BEFORE, packet.length);
  const end = start < 0 ? -1 : payloadEnd(bytes, BEFORE, packet.length, start);
  assert.deepEqual(bytes, before);
  return start < 0 ? "no header" : end < 0 ? "no padding" : [start, end];
};

const changed = (packet: Uint8Array, at: number, value: number): Uint8Array => {
  packet[at < 0 ? packet.length + at : at] = value;
  return packet;
};

const payload = new Uint8Array(100);
const packet = (options: Parameters<typeof rtpPacket>[1] = {}): Uint8Array => rtpPacket(1, { payload, ...options });

const cases: [string, Uint8Array, ReturnType<typeof payloadOf>][] = [
  ["fixed header alone", packet(), [12, 112]],
  ["fixed header and no payload", packet().subarray(0, 12), [12, 12]],
  ["fifteen contributing sources", packet({ csrcs: 15 }), [72, 172]],
  ["an empty extension", packet({ extension: 0 }), [16, 116]],
  ["sources, extension and padding", packet({ csrcs: 1, extension: 3, padding: 7 }), [32, 132]],
  ["padding that takes the whole payload", packet({ payload: new Uint8Array(0), padding: 4 }), [12, 12]],
  ["one byte too short for a header", packet().subarray(0, 11), "no header"],
  ["no bytes", new Uint8Array(0), "no header"],
  ["version 1", changed(packet(), 0, 0x40), "no header"],
  ["version 3", changed(packet(), 0, 0xc0), "no header"],
  ["sources past the end", packet({ csrcs: 15 }).subarray(0, 71), "no header"],
  ["an extension whose header is cut off", packet({ extension: 0 }).subarray(0, 15), "no header"],
  ["an extension past the end", changed(changed(packet({ extension: 1 }), 14, 0xff), 15, 0xff), "no header"],
  ["padding of nothing", changed(packet({ padding: 9 }), -1, 0), "no padding"],
  ["padding that reaches into the header", changed(packet({ padding: 9 }), -1, 110), "no padding"],
  ["padding announced without a byte for it", changed(packet(), 0, 0xa0).subarray(0, 12), "no padding"],
];

for (const [name, bytes, expected] of cases) {
  test(`the payload of a packet with ${name}`, () => {
    assert.deepEqual(payloadOf(bytes), expected);
  });
}

test("a header reads as it was written", () => {
  const bytes = new Uint8Array(16).fill(0xff);
  writeHeader(bytes, 2, 33, 0xfffe, 0x8000_0001, 0xdead_beef);

  assert.deepEqual(
    [payloadType(bytes, 2), sequenceNumber(bytes, 2), timestamp(bytes, 2), ssrc(bytes, 2)],
    [33, 0xfffe, 0x8000_0001, 0xdead_beef],
  );
  assert.deepEqual([bytes[1], bytes[14], payloadStart(bytes, 2, 12)], [0xff, 0xff, 12]);
});

test("numbers wider than their field are written modulo its size", () => {
  const bytes = new Uint8Array(12);
  writeHeader(bytes, 0, 33, 2 ** 40 + 7, 2 ** 44 + 9, 1);
  assert.deepEqual([sequenceNumber(bytes, 0), timestamp(bytes, 0)], [7, 9]);
});

test("a control packet is told from media by its type", () => {
  const types = [191, 192, 200, 223, 224, 33, 33 | 0x80];
  assert.deepEqual(
    types.map((type) => isRtcp(Uint8Array.of(0x80, type, 0, 1, 0, 0, 0, 0), 0, 8)),
    [false, true, true, true, false, false, false],
  );
  assert.equal(isRtcp(Uint8Array.of(0x80, 200, 0, 1), 0, 4), false);
});

test("the shorter way round decides what lies ahead", () => {
  assert.deepEqual(
    [
      [5, 7],
      [65_535, 0],
      [0, 65_535],
      [0, 32_767],
      [0, 32_768],
      [2 ** 40 + 3, 1],
    ].map(([from = 0, to = 0]) => sequenceDistance(from, to)),
    [2, 1, -1, 32_767, -32_768, -2],
  );
  assert.equal(unwrapSequence(2, 3 * 65_536 - 4), 3 * 65_536 + 2);
  assert.equal(unwrapSequence(65_530, 3 * 65_536 + 1), 3 * 65_536 - 6);
});
