import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { ChunkReader } from "../chunk-reader.ts";
import { ChunkWriter, type OutgoingMessage } from "../chunk-writer.ts";
import type { RtmpMessage } from "../message.ts";

const ROOM = 1_000_000;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const audio = (timestamp: number, payload: Uint8Array, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  chunkStreamId: 4,
  type: 8,
  streamId: 12_345,
  timestamp,
  pieces: [payload],
  ...more,
});

const read = (parts: readonly Uint8Array[], room = ROOM): { messages: RtmpMessage[]; fault: string | undefined } => {
  const messages: RtmpMessage[] = [];
  const reader = new ChunkReader((message) => messages.push(message), room);
  parts.forEach((part) => reader.push(part));
  return { messages, fault: reader.fault };
};

test("headers are as short as what went before allows: the example of RTMP 1.0 §5.3.2.1", () => {
  const writer = new ChunkWriter();
  const payload = new Uint8Array(32);
  const heads = [1_000, 1_020, 1_040, 1_060].map((time) => hex(writer.write(audio(time, payload)).slice(0, -32)));
  // Full with the time, then the difference alone, then nothing: the length, the type and the difference are those before.
  assert.deepEqual(heads, ["040003e80000200839300000", "84000014", "c4", "c4"]);
});

test("a message of 307 bytes takes three chunks of 128: the example of §5.3.2.2", () => {
  const wire = new ChunkWriter().write({ chunkStreamId: 4, type: 9, streamId: 12_346, timestamp: 1_000, pieces: [new Uint8Array(307)] });
  assert.equal(wire.length, 140 + 129 + 52);
  assert.deepEqual([wire[140], wire[269]], [0xc4, 0xc4]);
});

test("times of 24 bits and more stand behind the header, in every chunk of the message", () => {
  const writer = new ChunkWriter();
  const wire = writer.write(audio(0x01_000_000, new Uint8Array(200)));
  assert.equal(hex(wire.slice(0, 16)), "04ffffff0000c8083930000001000000");
  assert.equal(hex(wire.slice(144, 149)), "c401000000");
  const second = writer.write(audio(0x01_000_014, new Uint8Array(200)));
  assert.equal(hex(second.slice(0, 4)), "84000014", "a difference is small again");
  const { messages } = read([wire, second]);
  assert.deepEqual(
    messages.map(({ timestamp }) => timestamp),
    [0x01_000_000, 0x01_000_014],
  );
});

test("a time that goes back, and one that wraps at 32 bits, are what they were", () => {
  const writer = new ChunkWriter();
  const times = [5_000, 4_000, 2 ** 32 - 20, 2 ** 32 + 20, 2 ** 32 + 40];
  const { messages } = read(times.map((time) => writer.write(audio(time, new Uint8Array(10)))));
  assert.deepEqual(
    messages.map(({ timestamp }) => timestamp),
    times.map((time) => time % 2 ** 32),
  );
});

for (const seed of [1, 2, 3]) {
  test(`messages of several chunk streams are read as they were written, cut anywhere, seed ${seed}`, () => {
    const random = seeded(seed);
    const writer = new ChunkWriter();
    const sent: RtmpMessage[] = [];
    const parts: Uint8Array[] = [];
    let time = 0xff_ff00;
    for (let i = 0; i < 200; i++) {
      if (i === 50) {
        parts.push(writer.write({ chunkStreamId: 2, type: 1, streamId: 0, timestamp: 0, pieces: [bytes("00001000")] }));
        writer.chunkSize = 4_096;
      }
      time += integer(random, 100);
      const payload = Uint8Array.from({ length: integer(random, 9_000) }, () => integer(random, 256));
      const cut = integer(random, payload.length + 1);
      const message = { type: 8 + integer(random, 2), streamId: integer(random, 3), timestamp: time, payload };
      const pieces = [payload.subarray(0, cut), payload.subarray(cut)];
      parts.push(writer.write({ ...message, chunkStreamId: 3 + integer(random, 60), pieces }));
      sent.push(message);
    }
    const wire = Buffer.concat(parts);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < wire.length;) {
      const size = 1 + integer(random, 3_000);
      pieces.push(wire.subarray(at, at + size));
      at += size;
    }
    const { messages, fault } = read(pieces);
    assert.equal(fault, undefined);
    assert.deepEqual(
      messages.map((message) => ({ ...message, payload: hex(message.payload) })),
      sent.map((message) => ({ ...message, payload: hex(message.payload) })),
    );
  });
}

test("chunks of two messages may alternate, and an abort takes one away", () => {
  const first = new ChunkWriter().write({ chunkStreamId: 5, type: 8, streamId: 1, timestamp: 0, pieces: [new Uint8Array(200).fill(1)] });
  const second = new ChunkWriter().write({ chunkStreamId: 6, type: 9, streamId: 1, timestamp: 0, pieces: [new Uint8Array(200).fill(2)] });
  const cut = 12 + 128;
  const { messages } = read([first.slice(0, cut), second.slice(0, cut), first.slice(cut), second.slice(cut)]);
  assert.deepEqual(
    messages.map(({ type, payload }) => [type, payload[199]]),
    [
      [8, 1],
      [9, 2],
    ],
  );

  const abort = bytes("02 000000 000004 02 00000000 00000005");
  const { messages: left } = read([first.slice(0, cut), abort, second]);
  assert.deepEqual(
    left.map(({ type }) => type),
    [9],
  );
});

test("basic headers of two and three bytes name chunk streams from 64 on", () => {
  const { messages } = read([bytes("00 05 000000 000001 08 01000000 aa 01 0501 000000 000001 09 01000000 bb")]);
  assert.deepEqual(
    messages.map(({ type, payload }) => [type, payload[0]]),
    [
      [8, 0xaa],
      [9, 0xbb],
    ],
  );
});

test("what is no chunk stream has a name, and nothing more is read", () => {
  const cases: readonly [wire: string, fault: string][] = [
    ["43 000000 000001 08", "unknown_chunk_stream"],
    ["c3", "unknown_chunk_stream"],
    ["03 000000 ffffff 14 00000000", "message_too_long"],
    ["02 000000 000004 01 00000000 00000000", "chunk_size_invalid"],
    ["02 000000 000004 01 00000000 80000000", "chunk_size_invalid"],
    ["02 000000 000000 01 00000000", "chunk_size_invalid"],
  ];
  for (const [wire, fault] of cases) {
    const good = "04 000000 000001 08 01000000 aa";
    assert.deepEqual(read([bytes(wire), bytes(good)]), { messages: [], fault }, wire);
  }
});

test("messages under way together hold no more than the room, and chunk streams no more than their number", () => {
  const begun = Array.from({ length: 8 }, (_, i) => bytes(`${(i + 3).toString(16).padStart(2, "0")} 000000 002000 14 00000000`));
  const waiting = begun.map((head) => Buffer.concat([head, new Uint8Array(128)]));
  assert.equal(read(waiting, 0x2000 * 7).fault, "message_too_long");
  const many = Array.from({ length: 65 }, (_, i) => bytes(`00 ${i.toString(16).padStart(2, "0")} 000000 000001 08 01000000 aa`));
  assert.equal(read(many).fault, "too_many_chunk_streams");
});

for (const seed of [1, 2, 3]) {
  test(`mutated chunk streams never throw, seed ${seed}`, () => {
    const random = seeded(seed);
    const writer = new ChunkWriter();
    const good = Buffer.concat(
      Array.from({ length: 20 }, (_, i) => writer.write(audio(i * 20, new Uint8Array(100 + i), { chunkStreamId: 3 + (i % 4) }))),
    );
    for (let i = 0; i < 3_000; i++) {
      const mutated = Uint8Array.from(good);
      for (let n = 1 + integer(random, 6); n > 0; n--) {
        mutated[integer(random, mutated.length)] = integer(random, 256);
      }
      read([mutated], 65_536);
    }
  });
}
