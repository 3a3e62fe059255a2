import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { RtpReceiver } from "@bilbycast/protocols/rtp";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { Link, type LinkProperties } from "@bilbycast/testkit/network";
import { seeded } from "@bilbycast/testkit/random";
import { MachineRig, type Output } from "@bilbycast/testkit/rig";
import { markOf, rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { receiverCounters } from "@bilbycast/testkit/tally";

const INTERVAL = 1_000;
const FIRST = 65_000;

type Result = { link: Link; marks: number[]; outputs: Output[]; counters: ReturnType<typeof receiverCounters>; leaks: number };

/** Sends `count` packets, one each millisecond, through a link; the sequence numbers wrap after 536 of them. */
const run = (seed: number, properties: Partial<LinkProperties>, window: number, count = 5_000): Result => {
  const link = new Link(seeded(seed), properties);
  const counters = receiverCounters();
  const rig = new MachineRig((memory) => new RtpReceiver(memory, window, counters), { memory: new HeapMemory(32 * 1_024 * 1_024) });
  const outputs: Output[] = [];
  for (let n = 0; n < count; n++) {
    outputs.push(...rig.follow(link, n * INTERVAL - 1));
    link.send(rtpPacket((FIRST + n) & 0xffff, { payload: tsUnit(n, 1) }), instant(n * INTERVAL));
  }
  outputs.push(...rig.follow(link));
  assert.equal(rig.machine.waiting, 0);
  return { link, outputs, counters, marks: outputs.map(({ unit }) => markOf(unit)), leaks: rig.close() };
};

const expected = (link: Link, from: number, count = 5_000): number[] => {
  const lost = new Set(link.lost);
  return Array.from({ length: count - from }, (_, i) => from + i).filter((n) => !lost.has(n));
};

for (const seed of [1, 2, 3, 4, 5]) {
  test(`1 % loss, 8 ms jitter, duplicates and reordering: exactly the lost packets are missing, in order (seed ${seed})`, () => {
    const { link, marks, counters, leaks } = run(
      seed,
      { loss: 0.01, delay: 10_000, jitter: 8_000, duplication: 0.01, reorder: 0.01 },
      50_000,
    );

    const first = marks[0] ?? 0;
    const complete = expected(link, first);
    assert.ok(first < 12, `the stream begins at ${first}`);
    assert.deepEqual(marks, complete);
    assert.ok(link.lost.length > 20);
    const beforeFirst = expected(link, 0).length - complete.length;
    assert.equal(counters.packetsLate.value + counters.packetsDuplicated.value, link.duplicated + beforeFirst);
    assert.equal(counters.packetsLost.value, marks.at(-1)! - first + 1 - marks.length);
    assert.equal(counters.sourceResets.value + counters.packetsMalformed.value + counters.packetsOverflowed.value, 0);
    assert.equal(leaks, 0);
  });
}

test("no packet leaves later than its arrival plus the window, at bursty loss of 20 % (seed 9)", () => {
  const properties = { bursts: { begin: 0.02, end: 0.1, lossInside: 1 }, delay: 5_000, jitter: 4_000 };
  const { link, outputs, marks } = run(9, properties, 20_000);

  assert.ok(link.lost.length > 500);
  assert.deepEqual(marks, expected(link, marks[0] ?? 0));
  for (const { unit, at } of outputs) {
    assert.ok(at <= markOf(unit) * INTERVAL + 9_000 + 20_000);
  }
});

test("a window shorter than the jitter loses what comes too late, counts it, and keeps the order (seed 11)", () => {
  const { marks, counters } = run(11, { delay: 5_000, jitter: 20_000 }, 4_000);

  assert.ok(counters.packetsLate.value > 100);
  assert.ok(marks.every((mark, i) => i === 0 || mark > (marks[i - 1] ?? 0)));
  assert.equal(marks.length + counters.packetsLate.value, 5_000);
});

test("with a window of 0 every packet passes the moment it arrives (seed 12)", () => {
  const { marks, counters, outputs } = run(12, { delay: 5_000, jitter: 8_000, duplication: 0.02 }, 0);

  assert.equal(new Set(marks).size, 5_000);
  assert.equal(marks.length, 5_000);
  assert.ok(outputs.every(({ unit, at }) => at <= markOf(unit) * INTERVAL + 13_000));
  assert.ok(marks.some((mark, i) => mark < (marks[i - 1] ?? 0)));
  assert.ok(counters.packetsDuplicated.value > 50);
});
