import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { Link, type LinkProperties } from "@bilbycast/testkit/network";
import { seeded } from "@bilbycast/testkit/random";
import { MachineRig } from "@bilbycast/testkit/rig";
import { HeapRing } from "@bilbycast/testkit/ring";
import { tsUnit } from "@bilbycast/testkit/streams";
import { tallies } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";
import { NackingReceiver } from "./receiver.ts";
import { RetransmittingSender } from "./sender.ts";

const INTERVAL = 1_000;
const KEEP_ALIVE = 20_000;
const RETRY = 25_000;
const MOST_TIME = 60_000_000;

/** The sender's lane: bus, machine and wire. */
const senderSide = (slots = 1_024) => {
  const memory = new HeapMemory();
  const counters = tallies("resent", "gone");
  const ring = new HeapRing(memory, 128 * 1_024, 64);
  const wire = new RecordingWire(memory);
  const intake = new TestIntake(memory);
  const machine = new RetransmittingSender(memory, slots, KEEP_ALIVE, counters);
  return { memory, counters, ring, wire, intake, machine };
};

/** Sends `count` units, one each millisecond, over a lossy path there and back, until all came out or a minute has passed. */
const run = (seed: number, properties: Partial<LinkProperties>, count: number) => {
  const sender = senderSide();
  const there = new Link(seeded(seed), properties);
  const back = new Link(seeded(seed + 1), properties);
  const counters = tallies("asked", "duplicates", "overflowed");
  const receiver = new MachineRig((memory) => new NackingReceiver(memory, 1_024, RETRY, counters));
  const units: Uint8Array[] = [];
  let published = 0;
  let now = 0;
  while (units.length < count && now <= MOST_TIME) {
    const source = published < count ? published * INTERVAL : Infinity;
    now = Math.min(source, there.deadline, back.deadline, sender.machine.deadline, receiver.machine.deadline);
    if (source === now) {
      sender.ring.publish(tsUnit(published++), instant(now));
      sender.machine.emit(sender.ring, published - 1, published, sender.wire, instant(now));
    }
    for (let reply = back.poll(instant(now)); reply !== undefined; reply = back.poll(instant(now))) {
      sender.intake.add(reply);
    }
    sender.machine.receive(sender.intake.batch, instant(now), sender.wire);
    sender.intake.clear();
    sender.machine.expire(instant(now), sender.wire);
    for (const datagram of sender.wire.takeDatagrams()) {
      there.send(datagram, instant(now));
    }
    const arrived: Uint8Array[] = [];
    for (let next = there.poll(instant(now)); next !== undefined; next = there.poll(instant(now))) {
      arrived.push(next);
    }
    units.push(...(arrived.length > 0 ? receiver.receive(arrived, now) : receiver.expire(now)));
    for (const reply of receiver.wire.takeDatagrams()) {
      back.send(reply, instant(now));
    }
  }
  return { units, sender, receiver, counters, there, back };
};

const expected = (count: number): Uint8Array[] => Array.from({ length: count }, (_, n) => tsUnit(n));

for (const seed of [1, 2, 3]) {
  test(`at 5 % loss, jitter and duplicates on both ways everything arrives, in order and byte for byte (seed ${seed})`, () => {
    const { units, sender, receiver, counters, there, back } = run(
      seed,
      { loss: 0.05, delay: 8_000, jitter: 3_000, duplication: 0.01 },
      3_000,
    );

    assert.deepEqual(units, expected(3_000));
    assert.ok(there.lost.length > 100 && back.lost.length > 1);
    assert.ok(sender.counters.resent.value >= there.lost.length / 2);
    assert.equal(sender.counters.gone.value + counters.overflowed.value, 0);
    assert.ok(sender.ring.tail > 2_900);
    assert.equal(receiver.close(), 0);
  });
}

test("a lost tail is found by the keep-alive", () => {
  const { machine, ring, wire, intake } = senderSide();
  const counters = tallies("asked", "duplicates", "overflowed");
  const receiver = new MachineRig((memory) => new NackingReceiver(memory, 64, RETRY, counters));
  for (let n = 0; n < 3; n++) {
    ring.publish(tsUnit(n), instant(0));
  }
  machine.emit(ring, 0, 3, wire, instant(0));
  assert.deepEqual(receiver.receive(wire.takeDatagrams().slice(0, 2), 0), expected(2));
  assert.equal(receiver.machine.deadline, Infinity);

  machine.expire(machine.deadline, wire);
  assert.deepEqual(receiver.receive(wire.takeDatagrams(), KEEP_ALIVE), []);
  for (const nack of receiver.wire.takeDatagrams()) {
    intake.add(nack);
  }
  machine.receive(intake.batch, instant(KEEP_ALIVE), wire);

  assert.deepEqual(receiver.receive(wire.takeDatagrams(), KEEP_ALIVE), [tsUnit(2)]);
});

test("keep-alives come when nothing else was sent for their interval, and not before the first packet", () => {
  const { machine, ring, wire } = senderSide();
  assert.equal(machine.deadline, Infinity);
  ring.publish(tsUnit(0), instant(0));
  machine.emit(ring, 0, 1, wire, instant(500));
  assert.equal(wire.take().length, 1);
  assert.equal(machine.deadline, 500 + KEEP_ALIVE);

  machine.expire(instant(499 + KEEP_ALIVE), wire);
  assert.equal(wire.take().length, 0);
  machine.expire(instant(500 + KEEP_ALIVE), wire);
  assert.equal(wire.take().length, 1);
  assert.equal(machine.deadline, 500 + 2 * KEEP_ALIVE);
});

test("a retry of the same packets, and a retransmission, give the same bytes", () => {
  const { machine, ring, wire, intake } = senderSide();
  for (let n = 0; n < 20; n++) {
    ring.publish(tsUnit(n, 1 + (n % 7)), instant(n));
  }
  machine.emit(ring, 0, 20, wire, instant(0));
  const whole = wire.takeDatagrams();
  machine.emit(ring, 5, 20, wire, instant(1));
  assert.deepEqual(wire.takeDatagrams(), whole.slice(5));

  intake.add(Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 9));
  machine.receive(intake.batch, instant(2), wire);
  assert.deepEqual(wire.takeDatagrams(), [whole[3], whole[9]]);
});

test("what is no longer in the pool is counted and not sent", () => {
  const { machine, ring, wire, intake, counters, memory } = senderSide(16);
  for (let n = 0; n < 20; n++) {
    ring.publish(tsUnit(n), instant(n));
    machine.emit(ring, n, n + 1, wire, instant(n));
  }
  wire.take();
  intake.add(Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4));
  machine.receive(intake.batch, instant(20), wire);
  assert.equal(wire.takeDatagrams().length, 1);
  assert.equal(counters.gone.value, 1);

  for (const part of [machine, wire, intake, ring]) {
    part.close();
  }
  assert.equal(memory.outstanding, 0);
});
