import assert from "node:assert/strict";
import { test } from "node:test";
import { NEVER, instant } from "@bilbycast/foundation/time";
import { payloadStart, payloadType, RtpPacketizer, RtpReceiver, sequenceNumber, ssrc, timestamp } from "@bilbycast/protocols/rtp";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { MachineRig } from "@bilbycast/testkit/rig";
import { HeapRing } from "@bilbycast/testkit/ring";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { counts, receiverCounters } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";

const SOURCE = { ssrc: 0xfeed_beef, firstSequenceNumber: 0xfff0, firstTimestamp: 0xffff_ff00 };

const setUp = (options: ConstructorParameters<typeof RecordingWire>[1] = {}, units: Uint8Array[] = []) => {
  const memory = new HeapMemory();
  const ring = new HeapRing(memory, 1_024 * 1_024, 1_024);
  const wire = new RecordingWire(memory, options);
  const packetizer = new RtpPacketizer(memory, SOURCE);
  units.forEach((unit, n) => ring.publish(unit, instant(1_000_000 + n * 1_000)));
  return { memory, ring, wire, packetizer, emit: (first: number, end: number) => packetizer.emit(ring, first, end, wire, instant(0)) };
};

const equal = (count: number): Uint8Array[] => Array.from({ length: count }, (_, n) => tsUnit(n));

test("a packet says MP2T, its number, its arrival in 90 kHz ticks and who sends", () => {
  const { wire, emit } = setUp({ trains: false }, equal(20));
  emit(0, 20);

  const packets = wire.takeDatagrams();

  assert.equal(packets.length, 20);
  for (const [n, packet] of packets.entries()) {
    assert.deepEqual(
      [payloadStart(packet, 0, packet.length), payloadType(packet, 0), packet[1], ssrc(packet, 0)],
      [12, 33, 33, SOURCE.ssrc],
    );
    assert.equal(sequenceNumber(packet, 0), (0xfff0 + n) % 65_536);
    assert.equal(timestamp(packet, 0), (0xffff_ff00 + 90_000 + n * 90) % 2 ** 32);
    assert.deepEqual(packet.subarray(12), tsUnit(n));
  }
});

test("without trains every packet is a message of its own", () => {
  const { wire, emit } = setUp({ trains: false }, equal(5));
  emit(1, 4);
  assert.deepEqual(
    wire.take().map(({ segment, packet, pieces, datagrams }) => [segment, packet, pieces, datagrams.length]),
    [
      [0, 1, 2, 1],
      [0, 2, 2, 1],
      [0, 3, 2, 1],
    ],
  );
});

test("a train is at most 63488 bytes with its headers, and the packets in it are those that leave singly", () => {
  const { wire, emit } = setUp({}, equal(100));
  emit(0, 100);
  const trains = wire.take();
  wire.trains = false;
  emit(0, 100);

  assert.deepEqual(
    trains.map(({ segment, packet, datagrams }) => [segment, packet, datagrams.length]),
    [
      [1_328, 0, 47],
      [1_328, 47, 47],
      [1_328, 94, 6],
    ],
  );
  assert.deepEqual(
    trains.flatMap(({ datagrams }) => datagrams),
    wire.takeDatagrams(),
  );
});

test("a train of short packets has at most 48", () => {
  const { wire, emit } = setUp(
    {},
    Array.from({ length: 50 }, (_, n) => tsUnit(n, 1)),
  );
  emit(0, 50);
  assert.deepEqual(
    wire.take().map(({ datagrams }) => datagrams.length),
    [48, 2],
  );
});

test("a shorter packet ends its train, a longer one begins the next", () => {
  const sizes = [7, 7, 3, 7, 7, 1, 1, 7];
  const { wire, emit } = setUp(
    {},
    sizes.map((packets, n) => tsUnit(n, packets)),
  );
  emit(0, sizes.length);

  const messages = wire.take();

  assert.deepEqual(
    messages.map(({ segment, datagrams }) => [segment, datagrams.length]),
    [
      [1_328, 3],
      [1_328, 3],
      [0, 1],
      [0, 1],
    ],
  );
  assert.deepEqual(
    messages.flatMap(({ datagrams }) => datagrams.map((datagram) => datagram.length)),
    sizes.map((packets) => 12 + packets * 188),
  );
});

test("a retry from any packet gives the same bytes, though other packets fill the scratch in between", () => {
  const { wire, emit } = setUp({ messages: 2, pieces: 100, scratch: 600 }, equal(200));
  emit(0, 200);
  const whole = wire.takeDatagrams();
  assert.ok(wire.flushes > 0);
  assert.equal(whole.length, 200);

  for (const first of [0, 1, 47, 150, 199]) {
    emit(first, 200);
    assert.deepEqual(wire.takeDatagrams(), whole.slice(first));
  }
});

test("what leaves a lapped ring is what lay in it, and comes through a receiver whole", () => {
  const { memory, ring, wire, emit } = setUp();
  const counters = receiverCounters();
  const rig = new MachineRig((own) => new RtpReceiver(own, 10_000, counters), { memory });
  const marks: number[] = [];
  for (let round = 0; round < 100; round++) {
    const first = ring.head;
    for (let n = first; n < first + 30; n++) {
      ring.publish(tsUnit(n, 1 + (n % 7)), instant(n * 700));
    }
    emit(first, ring.head);
    marks.push(...rig.receive(wire.takeDatagrams(), round * 1_000).map(markOf));
  }

  assert.ok(ring.tail > 0);
  assert.deepEqual(
    marks,
    Array.from({ length: 3_000 }, (_, n) => n),
  );
  assert.deepEqual(counts(counters), {});
  assert.equal(rig.machine.deadline, NEVER);
});
