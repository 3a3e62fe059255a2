import assert from "node:assert/strict";
import { NO_ERRORS, TsChecker } from "@bilbycast/testkit/ts-checker";

const PACKET = 188;
const PCR_HZ = 27_000_000;
const VIDEO_PID = 0x100;

/** Position in bytes and value of each PCR. */
const clocksOf = (stream: Uint8Array): { at: number; pcr: number }[] => {
  const found: { at: number; pcr: number }[] = [];
  for (let at = 0; at + PACKET <= stream.length; at += PACKET) {
    const pid = (((stream[at + 1] ?? 0) & 0x1f) << 8) | (stream[at + 2] ?? 0);
    const hasField = ((stream[at + 3] ?? 0) & 0x20) !== 0 && (stream[at + 4] ?? 0) > 0;
    if (pid === VIDEO_PID && hasField && ((stream[at + 5] ?? 0) & 0x10) !== 0) {
      const byte = (i: number): number => stream[at + i] ?? 0;
      const base = byte(6) * 2 ** 25 + byte(7) * 2 ** 17 + byte(8) * 2 ** 9 + byte(9) * 2 + (byte(10) >> 7);
      found.push({ at, pcr: base * 300 + ((byte(10) & 1) << 8) + byte(11) });
    }
  }
  return found;
};

/** The stream's rate is one, to the PCR, and it is clean for who reads it without our code. */
export const checkConstantStream = (stream: Uint8Array, rate: number): void => {
  const checker = new TsChecker({ strictVersions: true, longestPcrStepMs: 40 });
  checker.take(stream);
  const report = checker.report();
  assert.deepEqual(report.errors, NO_ERRORS, JSON.stringify(report.first.slice(0, 5)));
  assert.equal(report.discontinuityCount, 0);
  const clocks = clocksOf(stream);
  const [first] = clocks;
  assert.ok(first !== undefined && clocks.length > 100);
  for (const { at, pcr } of clocks) {
    const expected: number = ((at - first.at) * 8 * PCR_HZ) / rate;
    assert.ok(Math.abs(pcr - first.pcr - expected) <= 0.000_000_5 * PCR_HZ, `PCR at ${at} is ${pcr - first.pcr - expected} ticks off`);
  }
};
