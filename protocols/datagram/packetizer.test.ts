import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { DatagramPacketizer } from "@bilbycast/protocols/datagram";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { integer, seeded } from "@bilbycast/testkit/random";
import { HeapRing } from "@bilbycast/testkit/ring";
import { tsUnit } from "@bilbycast/testkit/streams";
import { RecordingWire, type SentMessage } from "@bilbycast/testkit/wire";

const setUp = (sizes: readonly number[], options: ConstructorParameters<typeof RecordingWire>[1] = {}, bytes = 1_024 * 1_024) => {
  const memory = new HeapMemory();
  const ring = new HeapRing(memory, bytes, 1_024);
  const wire = new RecordingWire(memory, options);
  const packetizer = new DatagramPacketizer();
  const publish = (more: readonly number[]): void => {
    for (const packets of more) {
      ring.publish(tsUnit(ring.head, packets), instant(ring.head));
    }
  };
  publish(sizes);
  return { ring, wire, publish, emit: (first: number, end: number) => packetizer.emit(ring, first, end, wire, instant(0)) };
};

const shape = (messages: SentMessage[]): number[][] =>
  messages.map(({ packet, segment, pieces, datagrams }) => [packet, segment, pieces, datagrams.length]);

const sevens = (count: number): number[] => Array.from({ length: count }, () => 7);

test("without trains every unit is one message of one piece", () => {
  const { wire, emit } = setUp([7, 7, 3], { trains: false });
  emit(0, 3);
  const messages = wire.take();
  assert.deepEqual(shape(messages), [
    [0, 0, 1, 1],
    [1, 0, 1, 1],
    [2, 0, 1, 1],
  ]);
  assert.deepEqual(
    messages.flatMap(({ datagrams }) => datagrams),
    [tsUnit(0), tsUnit(1), tsUnit(2, 3)],
  );
});

test("an unbroken row is one piece for each train of 48", () => {
  const { wire, emit } = setUp(sevens(100));
  emit(0, 100);
  const messages = wire.take();
  assert.deepEqual(shape(messages), [
    [0, 1_316, 1, 48],
    [48, 1_316, 1, 48],
    [96, 1_316, 1, 4],
  ]);
  assert.deepEqual(
    messages.flatMap(({ datagrams }) => datagrams),
    sevens(100).map((_, n) => tsUnit(n)),
  );
});

test("a span that begins inside a row is still one piece", () => {
  const { wire, emit } = setUp(sevens(40));
  emit(5, 30);
  assert.deepEqual(shape(wire.take()), [[5, 1_316, 1, 25]]);
});

test("a train of long units has at most 63488 bytes", () => {
  const { ring, wire, emit } = setUp([]);
  for (let n = 0; n < 40; n++) {
    ring.publish(new Uint8Array(2_000).fill(n), instant(0));
  }
  emit(0, 40);
  assert.deepEqual(shape(wire.take()), [
    [0, 2_000, 1, 31],
    [31, 2_000, 1, 9],
  ]);
});

test("a single unit is no train", () => {
  const { wire, emit } = setUp(sevens(3));
  emit(1, 2);
  assert.deepEqual(shape(wire.take()), [[1, 0, 1, 1]]);
});

test("a shorter unit ends a train, a longer one begins the next", () => {
  const { wire, emit } = setUp([7, 7, 2, 7, 2, 2, 5]);
  emit(0, 7);
  assert.deepEqual(shape(wire.take()), [
    [0, 1_316, 2, 3],
    [3, 1_316, 2, 2],
    [5, 0, 1, 1],
    [6, 0, 1, 1],
  ]);
});

test("where the ring wraps, the train goes on in a second piece", () => {
  const { ring, wire, publish, emit } = setUp(sevens(8), {}, 10 * 1_316);
  publish(sevens(6));
  assert.ok(ring.tail <= 6);
  emit(6, 14);

  const messages = wire.take();

  assert.deepEqual(shape(messages), [[6, 1_316, 2, 8]]);
  assert.deepEqual(
    messages[0]?.datagrams,
    Array.from({ length: 8 }, (_, i) => tsUnit(6 + i)),
  );
});

for (const seed of [1, 2, 3]) {
  test(`units of any sizes leave as they lie, with trains and without (seed ${seed})`, () => {
    const random = seeded(seed);
    const { ring, wire, publish, emit } = setUp([], { messages: 8, pieces: 60 }, 150_000);
    for (let round = 0; round < 200; round++) {
      const first = ring.head;
      const steady = 1 + integer(random, 7);
      publish(Array.from({ length: 1 + integer(random, 90) }, () => (random() < 0.9 ? steady : 1 + integer(random, 7))));
      wire.trains = true;
      emit(first, ring.head);
      const trains = wire.takeDatagrams();
      wire.trains = false;
      emit(first, ring.head);

      assert.deepEqual(trains, wire.takeDatagrams());
      assert.equal(trains.length, ring.head - first);
    }
  });
}
