import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { NO_ERRORS, TsChecker, type CheckReport } from "@bilbycast/testkit/ts-checker";
import { Multiplexer, PACKET_SIZE, pid as pidOf } from "../../index.ts";
import { soundUnits, videoUnits, type ReadyUnit } from "./made-units.ts";
import { AAC, H264, run, SERVICE, SOUND, VIDEO, type Run } from "./rig.ts";

const SECOND = 27_000_000;
const FORM = { fps: 25, bitrate: 2e6, buffer: 0.5, delay: 0.6 };
const sound = (): Generator<ReadyUnit> => soundUnits(128_000, 1_024, 0.2, 0, 2);

type Judged = Run & { report: CheckReport };

/** A run that the judge of transport streams has watched. */
const judged = (options: Parameters<typeof run>[0], sources: Iterable<ReadyUnit>[], seconds: number): Judged => {
  const checker = new TsChecker({ strictVersions: true, longestPcrStepMs: 40 });
  const result = run(options, sources, seconds, (unit) => checker.take(unit));
  assert.deepEqual(result.decoder.faults.slice(0, 3), []);
  return { ...result, report: checker.report() };
};

/** Access units as they are, but for those that a function changes, or takes away. */
const altered = function* (
  units: Iterable<ReadyUnit>,
  change: (unit: ReadyUnit, i: number) => ReadyUnit | undefined,
): Generator<ReadyUnit> {
  let i = 0;
  for (const unit of units) {
    const kept = change(unit, i++);
    if (kept !== undefined) {
      yield kept;
    }
  }
};

for (const [what, queueBytes] of [
  ["refused", undefined],
  ["dropped", 4_000_000],
] as const) {
  test(`video of thrice the rate for four seconds is late and then ${what}, sound and clock do not notice, and it recovers`, () => {
    const video = altered(videoUnits(FORM, 0, 1), (unit, i) =>
      i >= 100 && i < 200 ? { ...unit, bytes: new Uint8Array(30_000).fill(i) } : unit,
    );
    const streams = [{ ...H264, ...(queueBytes === undefined ? {} : { queueBytes }) }, AAC];

    const { multiplexer, decoder, errors, report, pushed } = judged({ rate: 2_600_000, streams }, [video, sound()], 30);

    const counts = multiplexer.counts(0);
    assert.ok(counts.late > 10 && counts[what] > 30 && counts.late < 200, JSON.stringify(counts));
    assert.deepEqual(multiplexer.counts(1), { accessUnits: pushed[1]?.length, refused: 0, late: 0, dropped: 0, underflows: 0 });
    assert.deepEqual([errors, report.errors], [{}, NO_ERRORS]);
    const came = decoder.units(VIDEO);
    assert.equal(counts.accessUnits + counts.refused, pushed[0]?.length);
    assert.ok(Math.abs(came.length + counts.dropped - counts.accessUnits) < 20);
    // The last eight seconds are whole and in time again.
    const rest = came.slice(-200);
    const first = pushed[0]?.findIndex(({ dts }) => dts === rest[0]?.dts) ?? 0;
    assert.ok(rest.every((unit, i) => unit.dts === pushed[0]?.[first + i]?.dts && unit.last <= unit.dts * 300));
    // What comes behind what is missing begins with a random access.
    const behind = came.filter((unit, i) => i > 0 && unit.dts - (came[i - 1]?.dts ?? 0) > 3_600);
    assert.ok(behind.length > 0 && behind.every(({ randomAccess }) => randomAccess));
  });
}

test("an encoder that pauses for two seconds is counted once, and the clock goes on alone", () => {
  const video = altered(videoUnits(FORM, 0, 3), (unit, i) => (i >= 100 && i < 150 ? undefined : unit));

  const { multiplexer, report, decoder } = judged({ rate: 3_000_000 }, [video, sound()], 12);

  assert.deepEqual([multiplexer.counts(0).underflows, multiplexer.counts(0).late, multiplexer.counts(1).underflows], [1, 0, 0]);
  assert.deepEqual(report.errors, NO_ERRORS);
  assert.ok(decoder.pcrs.every((at, i) => at - (decoder.pcrs[i - 1] ?? 0) <= 0.04 * SECOND));
});

test("an access unit that comes after its DTS is sent and counted, one that comes a second later is not sent", () => {
  const late = new Map([
    [100, 0.7],
    [200, 2],
  ]);
  const video = altered(videoUnits(FORM, 0, 4), (unit, i) => ({ ...unit, ready: unit.ready + (late.get(i) ?? 0) * SECOND }));

  const { multiplexer, report } = judged({ rate: 3_000_000 }, [video, sound()], 15);

  // Those behind it wait for their encoder too.
  assert.ok(multiplexer.counts(0).late > 0 && multiplexer.counts(0).dropped > 0);
  assert.equal(multiplexer.counts(1).late, 0);
  assert.deepEqual(report.errors, NO_ERRORS);
});

const small = (queueBytes: number): Multiplexer =>
  new Multiplexer({ rate: 1_000_000, service: SERVICE, streams: [{ ...H264, queueBytes }, AAC], clock: 0 });

test("what is too big, has no room or goes back is refused and counted, and what was taken is not harmed", () => {
  const multiplexer = small(10_000);
  const unit = (size: number, dts: number): boolean =>
    multiplexer.push(0, { bytes: new Uint8Array(size), pts: dts, dts, randomAccess: true });

  assert.equal(unit(10_001, 90_000), false);
  assert.deepEqual([unit(4_000, 90_000), unit(4_000, 93_600), unit(4_000, 97_200)], [true, true, false]);
  assert.deepEqual([unit(10, 93_600), unit(10, 90_000)], [false, false]);
  assert.equal(multiplexer.push(1, { bytes: new Uint8Array(65_600), pts: 0, dts: 0, randomAccess: true }), false);
  assert.deepEqual([multiplexer.counts(0).refused, multiplexer.counts(0).accessUnits, multiplexer.counts(1).refused], [4, 2, 1]);
});

test("more access units than are followed are refused, and decoding makes room", () => {
  const multiplexer = small(1_000_000);
  const push = (i: number): boolean => multiplexer.push(0, { bytes: new Uint8Array(100), pts: i * 100, dts: i * 100, randomAccess: true });
  let taken = 1;
  while (push(taken)) {
    taken++;
  }
  assert.equal(taken, 513);
  while (multiplexer.clock < 1.2 * SECOND) {
    multiplexer.peek();
    multiplexer.advance();
  }
  assert.equal(push(taken), true);
});

test("a main buffer is never filled beyond its size, except by a unit that is larger alone", () => {
  const streams = [{ ...H264, decoderBytes: 60_000 }, AAC];
  const video = altered(videoUnits(FORM, 0, 5), (unit, i) => ({
    ...unit,
    bytes: new Uint8Array(i === 100 ? 70_000 : Math.min(unit.bytes.length, 40_000)),
  }));
  const { decoder, multiplexer } = judged({ rate: 6_000_000, streams }, [video, sound()], 12);

  const units = decoder.units(VIDEO);
  for (const [i, unit] of units.entries()) {
    const held = units.slice(Math.max(0, i - 40), i).filter((each) => each.dts * 300 > unit.last);
    const bytes = held.reduce((sum, { size }) => sum + size, 0) + unit.size;
    assert.ok(bytes <= 60_000 || unit.size > 60_000, `${i}: ${bytes}`);
  }
  assert.ok(units.length > 250 && units.some(({ size }) => size > 70_000));
  assert.equal(multiplexer.counts(0).dropped, 0);
});

test("a unit stays until it is done with, and an anchor moves it and all that follow", () => {
  const multiplexer = small(100_000);
  multiplexer.anchor(instant(1_000_000));
  assert.equal(multiplexer.due, 1_000_000);
  const first = multiplexer.peek().slice();
  multiplexer.push(0, { bytes: new Uint8Array(1_000), pts: 90_000, dts: 90_000, randomAccess: true });

  assert.deepEqual(multiplexer.peek(), first);
  assert.equal(multiplexer.due, 1_000_000);
  multiplexer.advance();
  assert.equal(multiplexer.due, 1_010_528);
  multiplexer.anchor(instant(5_000_000));
  assert.equal(multiplexer.due, 5_000_000);
  multiplexer.peek();
  multiplexer.anchor(instant(6_000_000));
  multiplexer.advance();
  assert.equal(multiplexer.due, 6_010_528);
  assert.throws(() => multiplexer.advance(), /no unit/);
});

test("the first unit has the clock and all tables", () => {
  const unit = small(100_000).peek();

  const pids = Array.from({ length: unit.length / PACKET_SIZE }, (_, i) => pidOf(unit, i * PACKET_SIZE));
  assert.deepEqual(pids.slice(0, 3), [VIDEO, 0, 0x100]);
  assert.ok(pids.includes(0x11));
});

test("options that cannot be are refused", () => {
  const options = { rate: 1_000_000, service: SERVICE, streams: [H264, AAC], clock: 0 };
  for (const [change, message] of [
    [{ rate: 199_999 }, /rate/],
    [{ rate: 1_000_000.5 }, /rate/],
    [{ unitPackets: 8 }, /unit/],
    [{ streams: [] }, /streams/],
    [{ streams: [H264, { ...AAC, pid: VIDEO }] }, /PID/],
    [{ streams: [{ ...H264, pid: 0x1fff }] }, /PID/],
    [
      {
        streams: [
          { ...H264, pid: SOUND },
          { ...AAC, pid: 0x11 },
        ],
      },
      /PID/,
    ],
  ] as const) {
    assert.throws(() => new Multiplexer({ ...options, ...change }), message);
  }
});
