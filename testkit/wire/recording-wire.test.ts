import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckFailed } from "@bilbycast/foundation/check";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { RecordingWire } from "./recording-wire.ts";

const setUp = (options: ConstructorParameters<typeof RecordingWire>[1] = {}) => {
  const memory = new HeapMemory();
  const payload = memory.reserve(100);
  memory.bytes.set(
    Array.from({ length: 100 }, (_, i) => i),
    payload,
  );
  return { memory, payload, wire: new RecordingWire(memory, options) };
};

test("a train arrives cut into segments, the last one shorter", () => {
  const { wire, payload } = setUp();
  wire.ensure(2, 0);
  wire.message(40, 7, 0);
  wire.piece(payload, 60);
  wire.piece(payload + 60, 40);

  const [message] = wire.take();

  assert.equal(message?.packet, 7);
  assert.equal(message?.pieces, 2);
  assert.deepEqual(
    message?.datagrams.map((datagram) => [datagram[0], datagram.length]),
    [
      [0, 40],
      [40, 40],
      [80, 20],
    ],
  );
});

test("bytes are read when the wire is flushed, so scratch must live until then and no longer", () => {
  const { wire, memory } = setUp();
  wire.ensure(1, 4);
  wire.message(0, 0, 0);
  const at = wire.scratch(4);
  wire.piece(at, 4);
  memory.bytes.set([1, 2, 3, 4], at);

  assert.deepEqual(wire.takeDatagrams(), [Uint8Array.of(1, 2, 3, 4)]);
  assert.notEqual(memory.bytes[at], 1);
});

test("a full wire flushes itself when room for one more message is asked for", () => {
  const { wire, payload } = setUp({ messages: 2 });
  for (let n = 0; n < 5; n++) {
    wire.ensure(1, 0);
    wire.message(0, n, 0);
    wire.piece(payload + n, 1);
  }

  assert.equal(wire.flushes, 2);
  assert.deepEqual(
    wire.take().map(({ packet }) => packet),
    [0, 1, 2, 3, 4],
  );
});

test("a piece that was not ensured, or lies in nobody's memory, fails", () => {
  const { wire, payload } = setUp();
  wire.ensure(1, 0);
  wire.message(0, 0, 0);
  wire.piece(payload, 10);
  assert.throws(() => wire.piece(payload, 10), CheckFailed);
  wire.ensure(1, 0);
  assert.throws(() => wire.piece(payload + 90, 20), CheckFailed);
});

test("a train on a wire without trains fails", () => {
  const { wire } = setUp({ trains: false });
  wire.ensure(1, 0);
  assert.throws(() => wire.message(40, 0, 0), CheckFailed);
});
