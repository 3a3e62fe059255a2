import assert from "node:assert/strict";
import { test } from "node:test";
import { Pair, type PairOptions } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { HEADER_SIZE, isControl, isRetransmitted } from "../packet.ts";
import type { SrtSettings } from "../settings.ts";

const MS = 1_000;
const SECOND = 1_000_000;

type Settings = Partial<SrtSettings>;
const pairOf = (sender: Settings, receiver: Settings = {}, more: PairOptions = {}): Pair =>
  new Pair({ there: { delay: 10 * MS }, sender: { settings: sender }, receiver: { settings: receiver }, ...more });

const connected = (pair: Pair): Pair => {
  pair.run(SECOND);
  return pair;
};
const marks = (pair: Pair): number[] => pair.deliveries.map(({ unit }) => markOf(unit));
const all = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n);

/** Publishes units all at once, and tells when each data packet left. */
const burst = (pair: Pair, count: number): number[] => {
  const leftAt: number[] = [];
  pair.tap = (datagram) => {
    if (!isControl(datagram, 0)) {
      leftAt.push(pair.now);
    }
  };
  for (let n = 0; n < count; n++) {
    pair.publish(tsUnit(n));
  }
  pair.run(pair.now + 3 * SECOND);
  return leftAt;
};

const seconds = (leftAt: number[]): number => ((leftAt.at(-1) ?? 0) - (leftAt[0] ?? 0)) / SECOND;

test("maxBandwidth: a burst leaves no faster than that", () => {
  const pair = connected(pairOf({ maxBandwidth: 136_000 }, { receiveLatencyMs: 2_000 }));
  const took = seconds(burst(pair, 100));
  assert.ok(took > 0.95 && took < 1.05, `${took} s for 100 packets of 1360 bytes`);
  assert.deepEqual(marks(pair), all(100));
});

test("inputBandwidth and overhead: with no maximum of its own a sender takes the input's rate and so much more", () => {
  const paced = (overhead: number): number =>
    seconds(burst(connected(pairOf({ maxBandwidth: 0, inputBandwidth: 136_000, overhead }, { receiveLatencyMs: 2_000 })), 100));
  assert.ok(Math.abs(paced(25) - 1 / 1.25) < 0.05, `${paced(25)} s`);
  assert.ok(Math.abs(paced(100) - 1 / 2) < 0.05, `${paced(100)} s`);
});

test("inputBandwidth 0: the input is measured, and a burst leaves at its rate and the overhead", () => {
  const pair = connected(pairOf({ maxBandwidth: 0, overhead: 50 }, { receiveLatencyMs: 1_000 }));
  pair.stream(3_000, MS, tsUnit);
  const took = seconds(burst(pair, 300).slice(0, 300));
  assert.ok(Math.abs(took - 0.3 / 1.5) < 0.03, `${took} s for 300 packets`);
});

/** Loses `count` packets, and tells how many data packets are sent again in the 400 ms after. */
const sentAgain = (sender: Settings, count: number, receiver: Settings = {}): number => {
  const pair = connected(pairOf(sender, { receiveLatencyMs: 400, ...receiver }, { there: { delay: 30 * MS } }));
  pair.stream(100, MS, tsUnit);
  pair.there.properties.loss = 1;
  pair.stream(count, MS, (n) => tsUnit(100 + n));
  pair.there.properties.loss = 0;
  pair.stream(400, MS, (n) => tsUnit(100 + count + n));
  return pair.sender.meters.retransmitsSent.value;
};

test("maxRetransmitBandwidth: no more is sent again than that, and with 0 nothing", () => {
  assert.equal(sentAgain({ maxRetransmitBandwidth: -1 }, 100), 100);
  assert.equal(sentAgain({ maxRetransmitBandwidth: 0 }, 100), 0);
  const limited = sentAgain({ maxRetransmitBandwidth: 68_000 }, 100);
  assert.ok(limited > 10 && limited < 35, `${limited} packets of 1360 bytes in 0.4 s at 50 packets a second`);
});

test("retransmission: reduced sends each lost packet once where default answers every report", () => {
  assert.equal(sentAgain({ retransmission: "reduced" }, 20), 20);
  assert.ok(sentAgain({ retransmission: "default" }, 20) >= 40);
});

test("sendDropDelayMs: what is too old leaves the sender then, and with -1 never", () => {
  const dropped = (sendDropDelayMs: number, silence: number): number => {
    const pair = connected(pairOf({ sendDropDelayMs, idleTimeout: 60 * SECOND }, { receiveLatencyMs: 1_000 }));
    pair.there.properties.loss = 1;
    pair.stream(50, MS, tsUnit);
    pair.run(pair.now + silence);
    return pair.sender.meters.sendDropped.value;
  };
  assert.deepEqual([dropped(0, 900 * MS), dropped(0, 1_200 * MS)], [0, 50]);
  assert.deepEqual([dropped(1_000, 1_900 * MS), dropped(1_000, 2_200 * MS)], [0, 50]);
  assert.equal(dropped(-1, 30 * SECOND), 0);
});

test("tooLateDrop off: a gap is waited for, however late it closes", () => {
  const late = (tooLateDrop: boolean): number[] => {
    const pair = connected(pairOf({ tooLateDrop, sendDropDelayMs: 10_000 }, { tooLateDrop, receiveLatencyMs: 50 }));
    pair.stream(10, MS, tsUnit);
    pair.there.properties.loss = 1;
    pair.stream(5, MS, (n) => tsUnit(10 + n));
    pair.there.properties.loss = 0;
    pair.back.properties.loss = 1;
    pair.stream(50, MS, (n) => tsUnit(15 + n));
    pair.run(pair.now + 300 * MS);
    pair.back.properties.loss = 0;
    pair.run(pair.now + SECOND);
    return marks(pair);
  };
  assert.deepEqual(late(false), all(65));
  assert.deepEqual(late(true), [...all(10), ...all(50, 15)]);
});

test("flowWindow: no more packets are under way than the receiver allows", () => {
  const pair = connected(pairOf({}, { flowWindow: 32, receiveLatencyMs: 1_000 }, { there: { delay: 100 * MS } }));
  let most = 0;
  const leftAt = burst(pair, 120);
  for (const at of leftAt) {
    most = Math.max(most, leftAt.filter((other) => other > at - 200 * MS && other <= at).length);
  }
  assert.equal(leftAt.length, 120);
  assert.ok(most <= 64 && (leftAt[32] ?? 0) > (leftAt[31] ?? 0) + 100 * MS, `${most} under way`);
});

test("receiveBuffer: what it has no place for is not under way, and nothing is lost", () => {
  const pair = connected(pairOf({}, { receiveBuffer: 64, receiveLatencyMs: 100 }));
  const leftAt = burst(pair, 200);
  assert.ok(pair.sender.meters.flowWindow.value <= 64);
  assert.ok((leftAt[64] ?? 0) > (leftAt[63] ?? 0));
  assert.deepEqual(marks(pair), all(200));
  assert.equal(pair.receiver.meters.packetsOverflowed.value, 0);
});

test("sendBuffer: beyond it the oldest packets make room, counted", () => {
  const pair = connected(pairOf({ sendBuffer: 32, maxBandwidth: 136_000 }, { receiveLatencyMs: 2_000 }));
  burst(pair, 100);
  const { sendDropped } = pair.sender.meters;
  assert.ok(sendDropped.value > 50, `${sendDropped.value} dropped`);
  // Those that were under way when they made room may have come.
  const known = pair.deliveries.length + sendDropped.value;
  assert.ok(known >= 100 && known < 110, `${known} known of`);
  assert.equal(marks(pair).at(-1), 99);
});

test("payloadSize and mss: a longer unit does not leave, and is counted", () => {
  for (const [settings, longest] of [
    [{ payloadSize: 376 }, 2],
    [{ mss: 44 + 3 * 188 }, 3],
    [{}, 7],
  ] as const) {
    const pair = connected(pairOf(settings));
    pair.stream(7, MS, (n) => tsUnit(n, n + 1));
    pair.run(pair.now + SECOND);
    assert.deepEqual(marks(pair), all(longest));
    assert.equal(pair.sender.meters.sendDropped.value, 7 - longest);
  }
});

test("reorderTolerance: once packets have overtaken, a gap waits for as many before it is reported", () => {
  const needless = (reorderTolerance: number): number => {
    const pair = connected(pairOf({}, { reorderTolerance }, { seed: 3 }));
    Object.assign(pair.there.properties, { jitter: 4 * MS });
    pair.stream(2_000, MS, tsUnit);
    pair.run(pair.now + SECOND);
    assert.deepEqual(marks(pair), all(2_000));
    return pair.sender.meters.retransmitsSent.value;
  };
  const [without, tolerant] = [needless(0), needless(8)];
  assert.ok(without > 500 && tolerant < without / 3, `${without} without, ${tolerant} with`);
});

test("connectTimeout: a call that nobody answers ends then", () => {
  const pair = pairOf({ connectTimeout: 7 * SECOND }, {}, { there: { loss: 1 } });
  pair.run(6_900 * MS);
  assert.deepEqual(pair.sender.said, []);
  pair.run(7_100 * MS);
  assert.deepEqual(pair.sender.said, ["refused timeout"]);
});

test("what is sent again says so, and is the same in every other bit", () => {
  const pair = connected(pairOf({}, { receiveLatencyMs: 300 }));
  const first = new Map<number, Buffer>();
  const again: [number, Buffer][] = [];
  pair.tap = (datagram) => {
    if (!isControl(datagram, 0)) {
      const copy = Buffer.from(datagram);
      const sequence = copy.readUInt32BE(0);
      if (isRetransmitted(datagram, 0)) {
        copy[4] = (copy[4] ?? 0) & ~0x04;
        again.push([sequence, copy]);
      } else {
        first.set(sequence, copy);
      }
    }
  };
  pair.there.properties.loss = 0.1;
  pair.stream(200, MS, tsUnit);
  pair.run(pair.now + SECOND);
  assert.ok(again.length > 10);
  assert.ok(again.every(([sequence, copy]) => copy.equals(first.get(sequence) ?? Buffer.alloc(HEADER_SIZE))));
});
