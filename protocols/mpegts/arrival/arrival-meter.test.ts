import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { seeded } from "@bilbycast/testkit/random";
import { ArrivalMeter, type ArrivalSnapshot } from "./arrival-meter.ts";

const SIZE = 1_316;
const RATE = 10_528_000;
/** 1000 datagrams a second. */
const EVERY = 1_000;

type Run = {
  seconds: number;
  arrival?: (at: number) => number;
  clockRate?: number;
  lost?: (at: number) => number;
  meter?: ArrivalMeter;
};

const run = ({ seconds, arrival = (at) => at, clockRate, lost = () => 0, meter = new ArrivalMeter() }: Run): ArrivalSnapshot => {
  let closed = 1_000_000;
  let before = -1;
  for (let at = 0; at < seconds * 1_000_000; at += EVERY) {
    const now = Math.max(before, Math.round(arrival(at)));
    before = now;
    for (; closed <= now; closed += 1_000_000) {
      meter.closeWindow(instant(closed), clockRate, lost(closed));
    }
    meter.take(SIZE, instant(now));
    if (at % (EVERY * 40) === 0) {
      meter.stamp(at, 0, instant(now));
    }
  }
  meter.closeWindow(instant(seconds * 1_000_000), clockRate, lost(seconds * 1_000_000));
  return meter.snapshot();
};

test("an even stream: the interval, no jitter, and a delay factor of one datagram", () => {
  const { datagrams, interArrival, jitter, delayVariation, mdi } = run({ seconds: 4, clockRate: RATE });

  assert.equal(datagrams, 4_000);
  assert.deepEqual(interArrival, { min: EVERY, avg: EVERY, max: EVERY, count: 1_000 });
  assert.deepEqual([jitter, delayVariation], [0, 0]);
  assert.deepEqual(mdi, { delayFactor: EVERY, mediaLossRate: 0, rate: RATE, rateSource: "pcr" });
});

test("a network that holds back for 120 ms and then delivers at once needs a buffer of as much", () => {
  const arrival = (at: number): number => (at >= 2_300_000 && at < 2_420_000 ? 2_420_000 : at);

  const { interArrival, delayVariation, mdi } = run({ seconds: 3, clockRate: RATE, arrival });

  assert.ok(Math.abs((mdi?.delayFactor ?? 0) - 121_000) <= EVERY, `${mdi?.delayFactor}`);
  assert.equal(interArrival?.max, 121_000);
  assert.equal(interArrival?.min, 0);
  assert.equal(delayVariation, 100_000, "the stamp of 2.32 s came 100 ms late");
});

test("without a clock the rate is what arrived in the window before", () => {
  const { mdi } = run({ seconds: 3 });

  assert.equal(mdi?.rateSource, "measured");
  assert.ok(Math.abs((mdi?.rate ?? 0) - RATE) < RATE / 500);
});

test("the media loss rate is the packets lost per second, in the window in which they were", () => {
  const lost = (at: number): number => (at >= 3_000_000 ? 14 : 0);

  assert.equal(run({ seconds: 3, clockRate: RATE, lost }).mdi?.mediaLossRate, 14);
  assert.equal(run({ seconds: 4, clockRate: RATE, lost }).mdi?.mediaLossRate, 0);
});

test("jitter is that of RFC 3550", () => {
  const random = seeded(3_550);
  const delays = Array.from({ length: 100 }, () => Math.round(random() * 8_000));
  const meter = new ArrivalMeter();
  let expected = 0;
  delays.forEach((delay, i) => {
    meter.stamp(i * 40_000, 0, instant(i * 40_000 + delay));
    expected += i === 0 ? 0 : (Math.abs(delay - (delays[i - 1] ?? 0)) - expected) / 16;
  });
  meter.closeWindow(instant(4_000_000), undefined, 0);

  assert.ok(Math.abs((meter.snapshot().jitter ?? 0) - expected) < 1e-6);
  assert.equal(meter.snapshot().delayVariation, Math.max(...delays) - Math.min(...delays));
});

test("stamps of two epochs are not compared", () => {
  const meter = new ArrivalMeter();
  meter.stamp(0, 0, instant(0));
  meter.stamp(40_000, 0, instant(40_000));
  meter.stamp(9_999_999_999, 1, instant(80_000));
  meter.stamp(10_000_039_999, 1, instant(120_000));
  meter.closeWindow(instant(1_000_000), undefined, 0);

  assert.deepEqual([meter.snapshot().jitter, meter.snapshot().delayVariation], [0, 0]);
});

test("where we missed datagrams ourselves the window has no delay factor, and the gap is no interval", () => {
  const meter = new ArrivalMeter();
  run({ seconds: 3, clockRate: RATE, meter });
  meter.take(SIZE, instant(3_001_000));
  meter.lost();
  meter.take(SIZE, instant(3_900_000));
  meter.take(SIZE, instant(3_901_000));
  meter.closeWindow(instant(4_000_000), RATE, 0);

  assert.equal(meter.snapshot().mdi, undefined);
  assert.equal(meter.snapshot().interArrival?.max, 2_000);
});

test("nothing is said of a window in which nothing came, and before there is one", () => {
  const meter = new ArrivalMeter();
  assert.deepEqual(meter.snapshot(), { datagrams: 0 });

  run({ seconds: 2, clockRate: RATE, meter });
  meter.closeWindow(instant(3_000_000), undefined, 0);

  const { interArrival, delayVariation, mdi } = meter.snapshot();
  assert.deepEqual([interArrival, delayVariation, mdi], [undefined, undefined, undefined]);
});
