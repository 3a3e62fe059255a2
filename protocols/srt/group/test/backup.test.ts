import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { GroupPair, type GroupPairOptions } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";

const MS = 1_000;
const SECOND = 1_000_000;
const LATENCY = 400;
const LINKS = [{ delay: 10 * MS }, { delay: 25 * MS }];

const numbers = (pair: GroupPair): number[] => pair.deliveries.map(({ unit }) => markOf(unit));
const all = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** A backup group whose first link has been active for as long as it takes to be sure of it. */
const connected = (options: GroupPairOptions = {}): GroupPair => {
  const { settings, ...more } = options;
  const latencies = { receiveLatencyMs: LATENCY, peerLatencyMs: LATENCY };
  const pair = new GroupPair({ mode: "backup", links: LINKS, weights: [10, 5], ...more, settings: { ...latencies, ...settings } });
  pair.run(SECOND);
  return pair;
};

/** Data packets that left by each link since it was called last. */
const counting = (pair: GroupPair): (() => [number, number]) => {
  let counts: [number, number] = [0, 0];
  pair.tap = (datagram, link, way) => {
    if (way === "there" && (datagram[0] ?? 0) < 0x80) {
      counts[link === 0 ? 0 : 1]++;
    }
  };
  return () => {
    const counted = counts;
    counts = [0, 0];
    return counted;
  };
};

const states = (pair: GroupPair): string[] => pair.sending.members.map(({ state }) => state);

for (const caller of ["send", "receive"] as const) {
  test(`one link carries everything while the other waits: the ${caller === "send" ? "sender" : "receiver"} calls`, () => {
    const pair = connected({ caller, ...(caller === "receive" ? { listeners: "each" as const } : {}) });
    const count = counting(pair);
    pair.stream(3_000, MS, tsUnit);
    pair.run(pair.now + SECOND);

    assert.deepEqual(numbers(pair), all(3_000));
    assert.deepEqual(count(), [3_000, 0]);
    assert.equal(pair.receiveMeters.tooLate.value, 0);
    assert.equal(pair.close(), 0);
  });
}

test("when the active link dies, at any moment, the other one takes over and nothing is missing", () => {
  const random = seeded(21);
  for (let round = 0; round < 14; round++) {
    const caller = round % 2 === 0 ? "send" : "receive";
    const pair = connected({ seed: round + 1, caller, ...(caller === "receive" ? { listeners: "each" as const } : {}) });
    const at = 600 + integer(random, 1_000);
    pair.stream(2_400, MS, tsUnit, (n) => {
      if (n === at) {
        pair.cut(0);
      }
    });
    pair.run(pair.now + SECOND);
    assert.deepEqual(numbers(pair), all(2_400), `round ${round}: the link dies at ${at}`);
    assert.equal(pair.receiveMeters.tooLate.value, 0);
  }
});

test("when the waiting link dies nobody notices in what comes out", () => {
  const pair = connected();
  pair.stream(2_000, MS, tsUnit, (n) => {
    if (n === 700) {
      pair.cut(1);
    }
  });
  pair.run(pair.now + SECOND);
  assert.deepEqual(numbers(pair), all(2_000));
});

test("the heavier link takes over again when it is back, and the other one says that it is idle", () => {
  const pair = connected({ settings: { idleTimeout: SECOND } });
  const count = counting(pair);
  pair.stream(1_000, MS, tsUnit);
  assert.deepEqual([states(pair), count()[1]], [["stable", "standby"], 0]);

  pair.cut(0);
  pair.stream(3_000, MS, (n) => tsUnit(1_000 + n));
  assert.deepEqual(states(pair), ["broken", "stable"]);
  const between = count();
  assert.ok(between[1] >= 3_000 && between[1] < 3_300, `${between[1]} by the second link`);

  let idles = 0;
  const tap = pair.tap;
  pair.tap = (datagram, link, way) => {
    tap(datagram, link, way);
    idles += way === "there" && link === 1 && datagram[1] === 0x01 && datagram[0] === 0x80 && datagram[7] === 1 ? 1 : 0;
  };
  pair.cut(0, 0);
  pair.stream(5_000, MS, (n) => tsUnit(4_000 + n));
  assert.deepEqual(states(pair), ["stable", "standby"]);
  assert.equal(idles, 1);
  count();
  pair.stream(1_000, MS, (n) => tsUnit(9_000 + n));
  assert.deepEqual(count(), [1_000, 0]);
  pair.run(pair.now + SECOND);
  assert.deepEqual(numbers(pair), all(10_000));
});

test("a link that stutters is watched until it is sure again, and what it keeps is not lost", () => {
  const pair = connected();
  pair.stream(8_000, MS, tsUnit, (n) => {
    if (n % 1_000 === 700) {
      pair.cut(0);
    } else if (n % 1_000 === 850) {
      pair.cut(0, 0);
    }
  });
  pair.run(pair.now + SECOND);
  assert.deepEqual(numbers(pair), all(8_000));
});

test("with three links the best that is left carries the stream", () => {
  const links = [{ delay: 10 * MS }, { delay: 20 * MS }, { delay: 30 * MS }];
  const pair = connected({ links, weights: [10, 20, 15] });
  const active = (): string => states(pair).join(" ");
  pair.stream(3_000, MS, tsUnit);
  assert.equal(active(), "standby stable standby");
  pair.cut(1);
  pair.stream(2_000, MS, (n) => tsUnit(3_000 + n));
  assert.match(active(), /^standby \w+ stable$/);
  pair.cut(2);
  pair.stream(2_000, MS, (n) => tsUnit(5_000 + n));
  assert.match(active(), /^stable /);
  pair.run(pair.now + SECOND);
  assert.deepEqual(numbers(pair), all(7_000));
});
