import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkProperties } from "@bilbycast/testkit/network";
import { Pair, type PairOptions } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";

const MS = 1_000;
const SECOND = 1_000_000;
const INTERVAL = 1_000;

/** Streams `count` units of one TS packet over a path; the connection stands before the path turns bad. */
const run = (seed: number, path: Partial<LinkProperties>, latencyMs: number, count: number, options: PairOptions = {}) => {
  const delay = path.delay ?? 0;
  const pair = new Pair({
    ...options,
    seed,
    there: { delay },
    sender: { settings: { receiveBuffer: 64, sendBuffer: 4_096, ...options.sender?.settings } },
    receiver: { settings: { receiveLatencyMs: latencyMs, receiveBuffer: 4_096, sendBuffer: 64, ...options.receiver?.settings } },
  });
  pair.run(SECOND);
  Object.assign(pair.there.properties, path);
  Object.assign(pair.back.properties, path);
  const start = pair.now;
  pair.stream(count, INTERVAL, (n) => tsUnit(n, 1));
  Object.assign(pair.there.properties, { loss: 0, bursts: undefined });
  pair.run(pair.now + 3 * SECOND);
  const marks = pair.deliveries.map(({ unit }) => markOf(unit));
  return { pair, start, marks };
};

/** Nothing comes twice or out of order, and nothing later than its time. */
const checkOrder = ({ pair, start, marks }: ReturnType<typeof run>, latencyMs: number, slack: number): void => {
  assert.ok(marks.every((mark, i) => i === 0 || mark > (marks[i - 1] ?? 0)));
  const delay = pair.there.properties.delay;
  for (const { unit, at } of pair.deliveries) {
    const due = start + (markOf(unit) + 1) * INTERVAL + delay + latencyMs * MS;
    assert.ok(Math.abs(at - due) <= slack, `packet ${markOf(unit)} was due at ${due} and came at ${at}`);
  }
};

const COUNT = 20_000;

for (const rtt of [20, 50, 150]) {
  for (const loss of [0.01, 0.05]) {
    test(`at ${loss * 100} % loss both ways and ${rtt} ms round trip, a latency of four round trips loses nothing of ${COUNT} packets`, () => {
      const latencyMs = 4 * rtt;
      const result = run(rtt * 1_000 + loss * 100, { loss, delay: (rtt / 2) * MS }, latencyMs, COUNT);

      assert.equal(result.marks.length, COUNT);
      checkOrder(result, latencyMs, 2_000);
      const { retransmitsSent } = result.pair.sender.meters;
      assert.ok(retransmitsSent.value >= result.pair.there.lost.length / 2);
      assert.ok(retransmitsSent.value <= 1.5 * loss * COUNT + 50, `${retransmitsSent.value} sent again`);
    });
  }
}

for (const seed of [1, 2, 3]) {
  test(`jitter, reordering and duplicates with 3 % loss: in order, once, in time (seed ${seed})`, () => {
    const path = { loss: 0.03, delay: 20 * MS, jitter: 8 * MS, reorder: 0.01, duplication: 0.02 };
    const result = run(seed, path, 250, COUNT);

    assert.equal(result.marks.length, COUNT);
    checkOrder(result, 250, 10_000);
    const { packetsDuplicated, packetsBelated } = result.pair.receiver.meters;
    assert.ok(packetsDuplicated.value + packetsBelated.value > 100);
  });

  test(`bursts that take 10 % of all packets: what is lost is counted, the rest is in order and in time (seed ${seed})`, () => {
    const bursts = { begin: 0.02, end: 0.18, lossInside: 1 };
    const result = run(seed, { bursts, delay: 25 * MS }, 200, COUNT);

    checkOrder(result, 200, 2_000);
    assert.ok(result.pair.there.lost.length > 700);
    assert.equal(result.marks.length + result.pair.receiver.meters.packetsTooLate.value, COUNT);
    assert.ok(COUNT - result.marks.length < 20, `${COUNT - result.marks.length} lost`);
  });
}

test("a latency shorter than the round trip loses what was lost, counts it, and delivers the rest in time", () => {
  const result = run(5, { loss: 0.02, delay: 100 * MS }, 50, 5_000);
  const { packetsTooLate, packetsLost } = result.pair.receiver.meters;
  checkOrder(result, 50, 2_000);
  assert.equal(result.marks.length + packetsTooLate.value, 5_000);
  assert.ok(packetsTooLate.value > 60 && packetsLost.value >= packetsTooLate.value);
});

test("an outage of two seconds is passed over, and the stream goes on in time", () => {
  const pair = new Pair({ there: { delay: 10 * MS } });
  pair.run(SECOND);
  const start = pair.now;
  pair.stream(1_000, INTERVAL, (n) => tsUnit(n, 1));
  pair.there.properties.loss = 1;
  pair.back.properties.loss = 1;
  pair.stream(2_000, INTERVAL, (n) => tsUnit(1_000 + n, 1));
  pair.there.properties.loss = 0;
  pair.back.properties.loss = 0;
  pair.stream(1_000, INTERVAL, (n) => tsUnit(3_000 + n, 1));
  pair.run(pair.now + SECOND);

  const marks = pair.deliveries.map(({ unit }) => markOf(unit));
  checkOrder({ pair, start, marks }, 120, 2_000);
  assert.deepEqual(
    marks.slice(0, 1_000),
    Array.from({ length: 1_000 }, (_, n) => n),
  );
  assert.deepEqual(
    marks.slice(-1_000),
    Array.from({ length: 1_000 }, (_, n) => 3_000 + n),
  );
  assert.deepEqual(pair.sender.said, ["connected"]);
});

test("the last packet of a burst is not lost for want of one behind it", () => {
  const pair = new Pair({ there: { delay: 10 * MS }, receiver: { settings: { receiveLatencyMs: 300 } } });
  pair.run(SECOND);
  pair.stream(10, INTERVAL, (n) => tsUnit(n, 1));
  pair.there.properties.loss = 1;
  pair.stream(1, INTERVAL, () => tsUnit(10, 1));
  pair.there.properties.loss = 0;
  pair.run(pair.now + SECOND);
  assert.equal(pair.deliveries.length, 11);
});
