import assert from "node:assert/strict";
import { test } from "node:test";
import type { MediaMachine, PacketBatch } from "@bilbycast/foundation/packets";
import { instant, NEVER, type Instant } from "@bilbycast/foundation/time";
import { NumberedOrPlain } from "@bilbycast/protocols/rtp";
import { integer, seeded } from "@bilbycast/testkit/random";
import { MachineRig } from "@bilbycast/testkit/rig";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { tallies } from "@bilbycast/testkit/tally";

/** Notes the lengths of what it is given, and lets it pass. */
class Ear implements MediaMachine {
  deadline: Instant = NEVER;
  readonly heard: number[] = [];
  expired = 0;

  receive(batch: PacketBatch, _now: Instant, out: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      this.heard.push(batch.length[i] ?? 0);
      out.take(batch, i);
    }
  }

  expire(): void {
    this.expired++;
    this.deadline = NEVER;
  }

  close(): void {}
}

const rig = (admits: (now: Instant) => boolean = () => true) => {
  const [numbered, plain] = [new Ear(), new Ear()];
  const counters = tallies("packetsMalformed", "packetsFiltered");
  const machine = new MachineRig((memory) => new NumberedOrPlain(memory, numbered, plain, admits, counters));
  return { numbered, plain, counters, machine };
};

const RTP = rtpPacket(1, { payload: tsUnit(1, 2) });
const RTCP = Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 1);

test("payloads with an RTP header go one way, TS without one the other, in their order", () => {
  const { machine, numbered, plain } = rig();
  const extended = rtpPacket(2, { payload: tsUnit(2, 1), padding: 4 });
  machine.receive([RTP, tsUnit(3, 3), extended, tsUnit(4, 4)], 0);

  assert.deepEqual(numbered.heard, [RTP.length, extended.length]);
  assert.deepEqual(plain.heard, [3 * 188, 4 * 188]);
  assert.equal(machine.close(), 0);
});

test("what is neither is counted, until plain TS has begun: then it may be a part of it", () => {
  const { machine, plain, counters } = rig();
  const piece = new Uint8Array(500).fill(0x80);
  machine.receive([piece, RTCP, new Uint8Array(0)], 0);
  assert.deepEqual([counters.packetsMalformed.value, counters.packetsFiltered.value, plain.heard.length], [2, 1, 0]);
  machine.receive([tsUnit(1, 1), piece], 0);

  assert.deepEqual(plain.heard, [188, 500]);
  assert.equal(machine.close(), 0);
});

test("numbered packets that are not admitted are counted and go nowhere", () => {
  const { machine, numbered, counters } = rig((now) => now >= 100);
  machine.receive([RTP, RTP], 99);
  assert.deepEqual([numbered.heard.length, counters.packetsFiltered.value], [0, 2]);
  machine.receive([RTP], 100);
  assert.equal(numbered.heard.length, 1);
  assert.equal(machine.close(), 0);
});

test("each of both does in time what is due, whoever gets the packets", () => {
  const { machine, numbered, plain } = rig();
  numbered.deadline = instant(50);
  plain.deadline = instant(60);
  assert.equal(machine.machine.deadline, 50);
  machine.receive([tsUnit(1, 1)], 55);
  assert.deepEqual([numbered.expired, plain.expired], [1, 0]);
  machine.expire(60);
  assert.deepEqual([numbered.expired, plain.expired], [1, 1]);
  assert.equal(machine.close(), 0);
});

test("rubbish of any length is sorted somewhere or counted, and nothing is thrown (seed 302)", () => {
  const random = seeded(302);
  const { machine, numbered, plain, counters } = rig();
  const COUNT = 5_000;
  for (let i = 0; i < COUNT; i++) {
    machine.receive([Uint8Array.from({ length: integer(random, 60) }, () => integer(random, 256))], i);
  }
  const { packetsMalformed, packetsFiltered } = counters;
  assert.equal(numbered.heard.length + plain.heard.length + packetsMalformed.value + packetsFiltered.value, COUNT);
  assert.equal(machine.close(), 0);
});
