import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { seeded } from "@bilbycast/testkit/random";
import { PCR_HZ, PCR_WRAP } from "../media-time.ts";
import { PCR_JUMPS, PCR_LATE, PCR_OFF, PcrClock, type PcrFacts } from "./pcr-clock.ts";

const EVERY = 40_000;
/** Packets between two PCRs, 20 Mbit/s. */
const PACKETS = 532;

type Run = {
  seconds: number;
  /** Microseconds that a PCR arrives late, by when it is sent. */
  delay?: (at: number) => number;
  /** Ticks that a PCR is wrong. */
  error?: (n: number) => number;
  /** Packets before a PCR. */
  position?: (n: number) => number;
  breaks?: (n: number) => number;
  firstPcr?: number;
};

const run = ({
  seconds,
  delay = () => 0,
  error = () => 0,
  position = (n) => n * PACKETS,
  breaks = () => 0,
  firstPcr = 0,
}: Run): PcrFacts => {
  const clock = new PcrClock(100_000);
  for (let n = 0; n * EVERY < seconds * 1_000_000; n++) {
    const at = n * EVERY;
    const pcr = (firstPcr + at * 27 + error(n)) % PCR_WRAP;
    clock.look(pcr, instant(Math.round(at + delay(at))), position(n), breaks(n), false);
    if (n % 25 === 24) {
      clock.closeWindow();
    }
  }
  return clock.facts(0x100);
};

test("a clock that is right has its intervals, no jitter, no offset, and the rate of the stream", () => {
  const facts = run({ seconds: 120, firstPcr: PCR_WRAP - 60 * PCR_HZ });

  assert.deepEqual(facts.interval, { min: EVERY, avg: EVERY, max: EVERY, count: 25 });
  assert.equal(facts.lifetimeInterval?.count, 2_999);
  assert.ok((facts.overallJitter?.peakToPeak ?? 1) < 0.01);
  assert.ok(Math.abs(facts.frequencyOffset?.value ?? 1) < 1e-6);
  assert.ok(Math.abs((facts.rate ?? 0) - (PACKETS * 1_504 * 1e6) / EVERY) < 1e-3);
  assert.ok((facts.accuracy?.largest ?? 1) < 0.1);
});

test("an offset is found in spite of the network, and the true value is within three standard errors", () => {
  for (const [ppm, seed] of [
    [25, 1],
    [-30, 2],
    [0.5, 3],
  ] as const) {
    const random = seeded(seed);
    // Queues only add delay: mostly little, sometimes much.
    const facts = run({ seconds: 300, delay: (at) => (-at * ppm) / 1e6 - Math.log(1 - random()) * 2_000 });
    const { value, error, window } = facts.frequencyOffset ?? { value: NaN, error: NaN, window: 0 };

    assert.ok(Math.abs(value - ppm) < 3 * error && error < 0.2, `${value} +- ${error} for ${ppm}`);
    assert.ok(window > 280_000_000);
  }
});

test("an offset is not told before 15 s, nor a drift before 80 s", () => {
  assert.equal(run({ seconds: 14 }).frequencyOffset, undefined);
  assert.notEqual(run({ seconds: 22 }).frequencyOffset, undefined);
  assert.equal(run({ seconds: 75 }).drift, undefined);
  assert.notEqual(run({ seconds: 90 }).drift, undefined);
});

test("a clock that becomes faster drifts", () => {
  const perHour = 36;
  const perMicrosecond = perHour / 1e6 / 3_600e6;

  const { drift } = run({ seconds: 310, delay: (at) => (-at * at * perMicrosecond) / 2 });

  assert.ok(Math.abs((drift?.value ?? 0) - perHour) < 0.5, `${drift?.value}`);
});

test("overall jitter is what the network does, intervals and accuracy know nothing of it", () => {
  const facts = run({ seconds: 20, delay: (at) => ((at / EVERY) % 2) * 10_000 });

  // Through 64 points that go up and down the line lies a little aslant.
  assert.ok(Math.abs((facts.overallJitter?.peakToPeak ?? 0) - 10_000) < 500, `${facts.overallJitter?.peakToPeak}`);
  assert.deepEqual([facts.interval?.min, facts.interval?.max], [EVERY, EVERY]);
  assert.ok((facts.accuracy?.largest ?? 1) < 0.1);
});

test("a PCR that is wrong for its place shows as inaccuracy while the rate is constant", () => {
  // 13 or 14 ticks are 481 or 519 ns.
  const facts = run({ seconds: 20, error: (n) => (n % 2 === 0 ? 0 : 27) });

  assert.ok(Math.abs((facts.accuracy?.largest ?? 0) - 500) < 40, `${facts.accuracy?.largest}`);
  const random = seeded(7);
  let packets = 0;
  const variable = run({ seconds: 20, position: () => (packets += Math.round(200 + random() * 600)) });
  assert.equal(variable.accuracy, undefined);
  assert.notEqual(variable.rate, undefined);
});

test("after a loss nothing is said of places until sixteen PCRs have come whole", () => {
  const breaks = (n: number): number => (n >= 490 ? 1 : 0);

  assert.equal(run({ seconds: 20, breaks }).rate, undefined);
  assert.notEqual(run({ seconds: 21, breaks }).rate, undefined);
});

test("verdicts: late by the value and the time, a jump when they disagree, off when only its arrival is strange", () => {
  const verdict = (step: number, gap: number): number => {
    const clock = new PcrClock(100_000);
    let at = 0;
    for (let n = 0; n < 20; n++) {
      clock.look(at * 27, instant(at), n, 0, false);
      at += EVERY;
    }
    at -= EVERY;
    return clock.look((at + step) * 27, instant(at + gap), 20, 0, false);
  };

  assert.deepEqual(
    [
      [40_000, 40_000],
      [100_000, 100_000],
      [101_000, 101_000],
      [160_000, 90_000],
      [40_000, 160_000],
      [40_000, 130_000],
      [160_000, 40_000],
      [5_000_000, 40_000],
      [-1, 40_000],
    ].map(([step = 0, gap = 0]) => verdict(step, gap)),
    [0, 0, PCR_LATE, PCR_LATE, PCR_OFF, 0, PCR_JUMPS, PCR_JUMPS, PCR_JUMPS],
  );
});
