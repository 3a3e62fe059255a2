import assert from "node:assert/strict";
import { test } from "node:test";
import { Pair } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";

const MS = 1_000;
const SECOND = 1_000_000;

for (const skew of [500e-6, -500e-6]) {
  test(`a clock that is ${skew * 1e6} ppm off is followed: in twenty minutes the delay moves less than 15 ms`, () => {
    const pair = new Pair({ skew, there: { delay: 10 * MS }, receiver: { settings: { receiveLatencyMs: 120 } } });
    pair.run(SECOND);
    const start = pair.now;
    const interval = 50 * MS;
    pair.stream(24_000, interval, (n) => tsUnit(n, 1));
    pair.run(pair.now + SECOND);

    assert.equal(pair.deliveries.length, 24_000);
    const delays = pair.deliveries.map(({ unit, at }) => at - start - (markOf(unit) + 1) * interval);
    const [least, most] = delays.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]);
    assert.ok(least > 115 * MS && most < 145 * MS, `from ${least} to ${most}`);
  });
}

test("sequence numbers and time stamps wrap while the stream goes on", () => {
  const pair = new Pair({ there: { delay: 10 * MS, loss: 0.01 }, sender: { settings: { idleTimeout: 10 * SECOND } } });
  pair.run(SECOND);
  const interval = 250 * MS;
  const count = 40_000;
  pair.stream(count, interval, (n) => tsUnit(n, 1));
  pair.run(pair.now + SECOND);

  assert.ok(pair.now > 2 * 2 ** 32);
  assert.ok(pair.deliveries.length >= count - 1);
  assert.deepEqual(pair.sender.said, ["connected"]);
});
