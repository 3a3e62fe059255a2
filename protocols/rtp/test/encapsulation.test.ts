import assert from "node:assert/strict";
import { test } from "node:test";
import type { PacketRing, SenderMachine } from "@bilbycast/foundation/packets";
import { instant, NEVER } from "@bilbycast/foundation/time";
import { RtpEncapsulation, RtpPacketizer } from "@bilbycast/protocols/rtp";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { HeapRing } from "@bilbycast/testkit/ring";
import { tsUnit } from "@bilbycast/testkit/streams";
import { RecordingWire } from "@bilbycast/testkit/wire";

const SOURCE = { ssrc: 0xfeed_beef, firstSequenceNumber: 65_500, firstTimestamp: 0xffff_ff00 };
const COUNT = 100;

/** Copies what it is given under the number that it has. */
class Keeper implements SenderMachine {
  readonly deadline = NEVER;
  readonly kept = new Map<number, { bytes: Buffer; arrival: number }>();
  readonly #memory: HeapMemory;
  isClosed = false;

  constructor(memory: HeapMemory) {
    this.#memory = memory;
  }

  emit(ring: PacketRing, first: number, end: number): void {
    assert.ok(ring.tail <= first && end <= ring.head);
    for (let n = first; n < end; n++) {
      const at = ring.offset[n & ring.mask] ?? 0;
      const bytes = Buffer.from(this.#memory.bytes.slice(at, at + (ring.length[n & ring.mask] ?? 0)));
      this.kept.set(n, { bytes, arrival: ring.arrival[n & ring.mask] ?? 0 });
    }
  }

  receive(): void {}
  expire(): void {}

  close(): void {
    this.isClosed = true;
  }
}

const filled = () => {
  const memory = new HeapMemory();
  const ring = new HeapRing(memory, 256 * 1_024, 128);
  for (let n = 0; n < COUNT; n++) {
    ring.publish(tsUnit(n, 1 + (n % 7)), instant(1_000 * n));
  }
  return { memory, ring, wire: new RecordingWire(memory) };
};

test("each unit is the packet that an RTP output would send, under its number and with its arrival, in bursts of any length", () => {
  const { memory, ring, wire } = filled();
  const keeper = new Keeper(memory);
  const encapsulation = new RtpEncapsulation(memory, SOURCE, keeper);
  encapsulation.emit(ring, 0, COUNT, wire, instant(5));
  const plain = new RtpPacketizer(memory, SOURCE);
  plain.emit(ring, 0, COUNT, wire, instant(5));

  const expected = wire.takeDatagrams().map((datagram) => Buffer.from(datagram));
  assert.deepEqual(
    [...keeper.kept.values()].map(({ bytes }) => bytes),
    expected,
  );
  assert.deepEqual(
    [...keeper.kept].map(([n, { arrival }]) => [n, arrival]),
    Array.from({ length: COUNT }, (_, n) => [n, 1_000 * n]),
  );
  encapsulation.close();
  assert.equal(keeper.isClosed, true);
});

test("two with one source carry the same packets, whatever either of them drops, and a retry is the same once more", () => {
  const { memory, ring, wire } = filled();
  const [red, blue] = [new Keeper(memory), new Keeper(memory)];
  const legs = [new RtpEncapsulation(memory, SOURCE, red), new RtpEncapsulation(memory, SOURCE, blue)] as const;
  legs[0].emit(ring, 0, COUNT, wire, instant(5));
  legs[1].emit(ring, 10, 50, wire, instant(6));
  const before = blue.kept.get(49)?.bytes;
  legs[1].emit(ring, 49, COUNT, wire, instant(900_000));

  assert.deepEqual(blue.kept.get(49)?.bytes, before);
  assert.equal(blue.kept.size, COUNT - 10);
  for (const [n, packet] of blue.kept) {
    assert.deepEqual(packet, red.kept.get(n));
  }
  for (const leg of legs) {
    leg.close();
  }
  ring.close();
  wire.close();
  assert.equal(memory.outstanding, 0);
});
