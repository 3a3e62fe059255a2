import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_ERRORS, TsChecker, type CheckReport } from "@bilbycast/testkit/ts-checker";
import { multiplexRate, PCR_WRAP, STAMP_WRAP, type MultiplexerOptions } from "../../index.ts";
import { soundUnits, videoUnits, type ReadyUnit, type VideoForm } from "./made-units.ts";
import { mostInBuffer, mostInTransport } from "./model-decoder.ts";
import { AAC, H264, run, SOUND, VIDEO, type Run } from "./rig.ts";

const MS = 27_000;
const START = 5_000_000 * 27;

type Judged = Run & { report: CheckReport };

/** A run that the judge of transport streams has watched. */
const judged = (options: Parameters<typeof run>[0], sources: Iterable<ReadyUnit>[], seconds: number): Judged => {
  const checker = new TsChecker({ strictVersions: true, longestPcrStepMs: 40 });
  const result = run(options, sources, seconds, (unit) => checker.take(unit));
  assert.deepEqual(result.decoder.faults.slice(0, 3), []);
  return { ...result, report: checker.report() };
};

const longestOf = (steps: readonly number[]): number => steps.reduce((most, step) => Math.max(most, step), 0);

/** What must hold of any run in which the encoders kept to their bounds. */
const keepsAllRules = ({ multiplexer, decoder, errors, report, due, pushed }: Judged, pids: readonly number[], clock: number): void => {
  assert.deepEqual(errors, {});
  assert.deepEqual(report.errors, NO_ERRORS, JSON.stringify(report.first.slice(0, 5)));
  assert.equal(report.discontinuityCount, 0);
  // A unit stands where its bytes say, to the microsecond.
  const bits = BigInt(multiplexer.unitPackets * 188 * 8);
  due.forEach((at, i) => {
    const exact = (BigInt(i) * bits * 1_000_000n) / BigInt(multiplexer.rate);
    assert.ok(at === Number(exact) || at === Number(exact) - 1, `${i} ${at}`);
  });
  const steps = decoder.pcrs.map((at, i) => at - (decoder.pcrs[i - 1] ?? clock));
  assert.ok(longestOf(steps) <= 40 * MS, `${longestOf(steps) / MS} ms`);
  pids.forEach((pid, stream) => {
    const came = decoder.units(pid);
    const sent = pushed[stream] ?? [];
    assert.ok(came.length > sent.length - 130 && came.length > 20, `${pid}: ${came.length} of ${sent.length}`);
    came.forEach((unit, i) => {
      const from = sent[i];
      assert.deepEqual([unit.pts, unit.dts], [(from?.pts ?? 0) % STAMP_WRAP, (from?.dts ?? 0) % STAMP_WRAP]);
      assert.deepEqual(unit.payload, from?.bytes);
      const dts = (from?.dts ?? 0) * 300;
      assert.ok(
        unit.last <= dts && unit.first >= dts - 27_000_000 && unit.first >= (from?.ready ?? 0),
        `${i}: ${(dts - unit.last) / MS} ms`,
      );
    });
    const { late, dropped, refused, underflows } = multiplexer.counts(stream);
    assert.deepEqual([late, dropped, refused, underflows], [0, 0, 0, 0]);
  });
};

const tablesComeInTime = ({ decoder, report, due }: Judged): void => {
  for (const [pid, longest] of [
    [0, 100 * MS],
    [0x100, 100 * MS],
    [0x11, 2_000 * MS],
  ] as const) {
    const times = decoder.tableTimes(pid);
    const steps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    assert.ok(steps.length > 1 && longestOf(steps) <= longest, `${pid}: ${longestOf(steps) / MS} ms`);
  }
  assert.deepEqual(
    Object.keys(report.sections)
      .map((name) => name.toUpperCase())
      .toSorted(),
    ["PAT", "PMT", "SDT"],
  );
  assert.ok(Object.values(report.sections).reduce((sum, count) => sum + count, 0) < (45 * (due.at(-1) ?? 0)) / 1e6);
};

type Case = {
  title: string;
  video?: VideoForm;
  sound?: { bitrate: number; samples: number };
  seconds: number;
  options?: Partial<MultiplexerOptions>;
};

const sound = { bitrate: 128_000, samples: 1_024 };
/** The long form: so many seconds of virtual time for each case. */
const SOAK_SECONDS = Number(process.env["BILBYCAST_SOAK_SECONDS"] ?? 0);

const CASES: Case[] = [
  { title: "720p25 at 2 Mbit/s with AAC", video: { fps: 25, bitrate: 2e6, buffer: 0.5, delay: 0.6 }, sound, seconds: 20 },
  { title: "60 pictures a second at 20 Mbit/s", video: { fps: 60, bitrate: 20e6, buffer: 0.3, delay: 0.36, gop: 60 }, sound, seconds: 12 },
  { title: "video alone at 100 kbit/s", video: { fps: 25, bitrate: 100_000, buffer: 0.7, delay: 0.9 }, seconds: 40 },
  { title: "MP2 alone", sound: { bitrate: 192_000, samples: 1_152 }, seconds: 20 },
  { title: "1 packet a unit", video: { fps: 25, bitrate: 1e6, buffer: 0.5, delay: 0.6 }, sound, seconds: 10, options: { unitPackets: 1 } },
  {
    title: "3 packets a unit, a rate that divides nothing",
    video: { fps: 50, bitrate: 3e6, buffer: 0.4, delay: 0.5 },
    sound,
    seconds: 20,
    options: { unitPackets: 3, rate: 4_000_037 },
  },
  {
    title: "ten times the rate it needs",
    video: { fps: 25, bitrate: 1e6, buffer: 0.5, delay: 0.6 },
    sound,
    seconds: 5,
    options: { rate: 20_000_000 },
  },
  {
    title: "clocks that wrap after five seconds",
    video: { fps: 25, bitrate: 2e6, buffer: 0.5, delay: 0.6 },
    sound,
    seconds: 20,
    options: { clock: PCR_WRAP - 5 * 27_000_000 },
  },
];

for (const [seed, { title, video, sound: audio, seconds, options = {} }] of CASES.entries()) {
  test(`${title}: nothing to report, every PCR exact, every access unit in time (seed ${seed})`, () => {
    const clock = options.clock ?? START;
    const sources: Iterable<ReadyUnit>[] = [];
    const streams: NonNullable<MultiplexerOptions["streams"]>[number][] = [];
    if (video !== undefined) {
      sources.push(videoUnits(video, clock, seed));
      streams.push(H264);
    }
    if (audio !== undefined) {
      sources.push(soundUnits(audio.bitrate, audio.samples, 0.2, clock, seed + 100));
      streams.push(AAC);
    }
    const rates = [
      ...(video === undefined ? [] : [{ bitrate: video.bitrate, accessUnitsPerSecond: video.fps }]),
      ...(audio === undefined ? [] : [{ bitrate: audio.bitrate, accessUnitsPerSecond: 48_000 / audio.samples }]),
    ];

    const result = judged({ rate: multiplexRate(rates), ...options, streams, clock }, sources, Math.max(seconds, SOAK_SECONDS));

    keepsAllRules(
      result,
      streams.map(({ pid }) => pid),
      clock,
    );
    tablesComeInTime(result);
    if (audio !== undefined) {
      const units = result.decoder.units(SOUND);
      const dts = new Map(units.map((unit, i) => [unit, (result.pushed.at(-1)?.[i]?.dts ?? 0) * 300]));
      assert.ok(mostInBuffer(units, (unit) => dts.get(unit) ?? 0) <= 3_584);
      assert.ok(mostInTransport(result.decoder.packetTimes(SOUND), 2_000_000) <= 512);
    }
  });
}

test("each second has its bits to a thousandth", () => {
  const rate = 11_000_003;
  const { due, multiplexer } = judged(
    { rate, clock: 0 },
    [videoUnits({ fps: 25, bitrate: 8e6, buffer: 0.4, delay: 0.5 }, 0, 1), soundUnits(128_000, 1_024, 0.2, 0, 2)],
    20,
  );

  for (let second = 0; second < 19; second++) {
    const units = due.filter((at) => at >= second * 1e6 && at < (second + 1) * 1e6).length;
    const bits = units * multiplexer.unitPackets * 188 * 8;
    assert.ok(Math.abs(bits / rate - 1) < 0.001, `${second}: ${bits}`);
  }
});

test("a random access point in the clock's PID is where a PCR is, and each one says so", () => {
  const { decoder, pushed } = judged(
    { rate: 3_000_000 },
    [videoUnits({ fps: 25, bitrate: 2e6, buffer: 0.5, delay: 0.6 }, 0, 7), soundUnits(128_000, 1_024, 0.2, 0, 8)],
    20,
  );

  const units = decoder.units(VIDEO);
  assert.deepEqual(
    units.map(({ randomAccess }) => randomAccess),
    units.map((_, i) => pushed[0]?.[i]?.randomAccess),
  );
  assert.ok(units.filter(({ randomAccess }) => randomAccess).every(({ first }) => decoder.pcrs.includes(first)));
});
