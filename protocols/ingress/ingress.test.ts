import assert from "node:assert/strict";
import { test } from "node:test";
import { NEVER, instant } from "@bilbycast/foundation/time";
import { PacketBatch, type MediaMachine, type Memory } from "@bilbycast/foundation/packets";
import { HeapMemory, TestIntake, bytesOf } from "@bilbycast/testkit/memory";
import { MachineRig } from "@bilbycast/testkit/rig";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { GaugeTally } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";
import { ingress, type IngressOptions } from "./ingress.ts";

/** Passes what it gets. */
class Passing implements MediaMachine {
  readonly deadline = NEVER;

  receive(batch: PacketBatch, _now: number, out: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      out.take(batch, i);
    }
  }

  expire(): void {}

  close(): void {}
}

const tallies = () => ({
  packetsFiltered: new GaugeTally(),
  sourcesRefused: new GaugeTally(),
  payloadTypesRefused: new GaugeTally(),
  rateExceeded: new GaugeTally(),
  delayOverflowed: new GaugeTally(),
});

const rigOf = (options: Partial<IngressOptions>) => {
  const counters = tallies();
  const make = (memory: Memory): MediaMachine => ingress(memory, { delay: 0, ...options }, counters, new Passing());
  return { rig: new MachineRig(make, { memory: new HeapMemory(8 * 2 ** 20) }), counters };
};

/** Hands over one datagram from each sender, whose socket addresses are written as every backend writes them. */
const receivedFrom = (options: Partial<IngressOptions>, peers: readonly number[][]): { marks: number[]; refused: number } => {
  const memory = new HeapMemory();
  const counters = tallies();
  const machine = ingress(memory, { delay: 0, ...options }, counters, new Passing());
  const intake = new TestIntake(memory);
  const names = memory.reserve(32 * peers.length);
  for (const [i, peer] of peers.entries()) {
    memory.bytes.set(peer, names + 32 * i);
    intake.add(Uint8Array.of(i), names + 32 * i);
  }
  const out = new PacketBatch(64);
  machine.receive(intake.batch, instant(0), out, new RecordingWire(memory));
  return { marks: bytesOf(memory, out).map(([mark = -1]) => mark), refused: counters.sourcesRefused.value };
};

const ipv4 = (...host: number[]): number[] => [2, 0, 0x13, 0x88, ...host];
const ipv6 = (last: number, scope = 0): number[] => [
  10,
  0,
  0x13,
  0x88,
  0,
  0,
  0,
  0,
  0xfe,
  0x80,
  ...Array.from({ length: 13 }, () => 0),
  last,
  scope,
  0,
  0,
  0,
];

test("only the senders that are allowed are let in, whatever their port", () => {
  const peers = [ipv4(10, 0, 0, 1), ipv4(10, 0, 0, 2), ipv4(10, 0, 1, 1), [2, 0, 0, 99, 10, 0, 0, 1]];
  assert.deepEqual(receivedFrom({ sources: ["10.0.0.1"] }, peers), { marks: [0, 3], refused: 2 });
});

test("senders with IPv6 addresses are told apart by all 16 bytes and not by their scope", () => {
  const peers = [ipv6(1), ipv6(2), ipv6(1, 7), ipv4(10, 0, 0, 1)];
  assert.deepEqual(receivedFrom({ sources: ["fe80::1", "fe80::3"] }, peers), { marks: [0, 2], refused: 2 });
});

test("only payload types that are allowed are let in, and nothing that is no RTP", () => {
  const { rig, counters } = rigOf({ payloadTypes: [33, 96] });

  const kinds = [33, 34, 96].map((payloadType, n) => rtpPacket(n, { payloadType }));
  const out = rig.receive([...kinds, tsUnit(1), Uint8Array.of(0x80, 33)], 0);

  assert.deepEqual(out, [kinds[0], kinds[2]]);
  assert.deepEqual([counters.payloadTypesRefused.value, counters.packetsFiltered.value], [3, 3]);
  assert.equal(rig.close(), 0);
});

for (const bitrate of [500_000, 10e6, 20.5e6, 400e6]) {
  test(`in ten seconds ${bitrate / 1e6} Mbit/s are let in of twice as much, to 1 % besides the first burst`, () => {
    const { rig, counters } = rigOf({ bitrate });
    const unit = tsUnit(0);
    const perMs = (2 * bitrate) / 8_000 / unit.length;
    let offered = 0;
    let bytes = 0;
    for (let ms = 0; ms < 11_000; ms++) {
      const due = Math.floor((ms + 1) * perMs);
      const units = rig.receive(
        Array.from({ length: due - offered }, () => unit),
        ms * 1_000,
      );
      offered = due;
      bytes += ms < 1_000 ? 0 : units.length * unit.length;
    }

    const rate = (bytes * 8) / 10;
    assert.ok(Math.abs(rate / bitrate - 1) < 0.01, `${rate} bit/s`);
    assert.equal(counters.rateExceeded.value, counters.packetsFiltered.value);
    rig.close();
  });
}

test("what is refused by its sender spends nothing of the rate", () => {
  const strangers = Array.from({ length: 200 }, () => ipv4(10, 9, 9, 9));
  const { marks, refused } = receivedFrom({ sources: ["10.0.0.1"], bitrate: 1_000 }, [...strangers, ipv4(10, 0, 0, 1)]);
  assert.deepEqual([marks, refused], [[200], 200]);
});

test("a delayed unit comes out when its delay is over and not before, in the order and with the spaces it came with", () => {
  const { rig } = rigOf({ delay: 250_000 });
  const [a, b, c] = [tsUnit(1), tsUnit(2), tsUnit(3)];
  assert.deepEqual(rig.receive([a, b], 1_000), []);
  assert.deepEqual(rig.receive([c], 5_000), []);
  assert.equal(rig.machine.deadline, 251_000);

  assert.deepEqual(rig.expire(250_999), []);
  assert.deepEqual(rig.expire(251_000), [a, b]);
  assert.equal(rig.machine.deadline, 255_000);
  assert.deepEqual(rig.expire(255_000), [c]);
  assert.equal(rig.machine.deadline, NEVER);
  assert.equal(rig.close(), 0);
});

test("a second of 20 Mbit/s waits a second and every byte of it comes out", () => {
  const { rig, counters } = rigOf({ delay: 1_000_000, bitrate: 20e6 });
  const out: number[] = [];
  for (let n = 0; n < 6_000; n++) {
    const units = rig.receive([tsUnit(n % 256)], n * 526);
    out.push(...units.map((unit) => unit[7] ?? -1));
  }

  const expected = 6_000 - Math.ceil(1_000_000 / 526);
  assert.ok(Math.abs(out.length - expected) <= 1, `${out.length} of ${expected}`);
  assert.deepEqual(
    out,
    out.map((_, n) => n % 256),
  );
  assert.deepEqual([counters.delayOverflowed.value, counters.packetsFiltered.value], [0, 0]);
  assert.equal(rig.close(), 0);
});

test("what does not fit into the delay is dropped and counted, and what fits is whole", () => {
  const { rig, counters } = rigOf({ delay: 1_000, bitrate: undefined });
  const size = 1_316;
  for (let n = 0; n < 1_000; n++) {
    rig.receive([tsUnit(n % 256)], 0);
  }
  const kept = rig.expire(1_000);

  assert.equal(kept.length + counters.delayOverflowed.value, 1_000);
  assert.ok(counters.delayOverflowed.value > 0 && kept.length > 500);
  assert.ok(kept.every((unit, n) => unit.length === size && Buffer.compare(unit, tsUnit(n % 256)) === 0));
  assert.equal(rig.close(), 0);
});
