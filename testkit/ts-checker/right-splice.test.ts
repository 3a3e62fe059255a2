import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { LIVE_DATAGRAM, LiveTs, liveLayout, type Layout } from "@bilbycast/testkit/streams";
import { NO_ERRORS, TsChecker, type CheckReport } from "./index.ts";
import { RightSplicer, type Omission } from "./right-splicer.ts";

const RATE = 20_000_000;
const SWITCHES = 40;
const SEED = 7;
const LAYOUTS: readonly Layout[] = ["clashing", "different", "crossed"];

/** Three sources side by side, one on air, another one at times that the seed decides. */
const splice = (layout: Layout, isStrict: boolean, ...omitted: Omission[]): CheckReport => {
  const random = seeded(SEED);
  const sources = liveLayout(layout, SEED, RATE).map((options) => new LiveTs(options));
  const checker = new TsChecker({ strictVersions: isStrict });
  const splicer = new RightSplicer(...omitted);
  const give = (packets: readonly Uint8Array[]): void => packets.forEach((each) => checker.take(each));
  splicer.switchTo(0);
  for (let done = 0; done <= SWITCHES; done++) {
    // Some dwell for a few packets only.
    const dwell = done === 0 ? 400 : 1 + integer(random, done % 5 === 0 ? 3 : 200);
    for (let i = 0; i < dwell; i++) {
      sources.forEach((source, number) => {
        const datagram = new Uint8Array(LIVE_DATAGRAM);
        source.next(datagram);
        for (let at = 0; at < LIVE_DATAGRAM; at += 188) {
          give(splicer.take(number, datagram.subarray(at, at + 188)));
        }
      });
    }
    give(splicer.switchTo(integer(random, 3)));
  }
  return checker.report();
};

for (const layout of LAYOUTS) {
  test(`the judge lets a right splice of ${layout} sources pass, seed ${SEED}`, () => {
    const report = splice(layout, true);

    assert.deepEqual({ ...report.errors, brokenSection: 0 }, NO_ERRORS, JSON.stringify(report.first));
    assert.ok(report.discontinuityCount > 10 && report.discontinuities.every(({ broke, pcr }) => pcr && !broke));
    assert.ok((report.versionChanges["pat"] ?? 0) > 20);
  });

  test(`a splice of ${layout} sources without counters is noticed`, () => {
    assert.ok(splice(layout, true, "counters").errors.continuity > 20);
  });

  test(`a splice of ${layout} sources whose clocks jump unannounced is noticed, and nothing but that`, () => {
    const { errors, first } = splice(layout, true, "discontinuity");

    assert.ok(errors.pcrJump > 5);
    assert.deepEqual({ ...errors, pcrJump: 0, brokenSection: 0 }, NO_ERRORS, JSON.stringify(first));
  });
}

test("a splice of clashing sources without versions of its own is noticed", () => {
  const { errors, first } = splice("clashing", false, "versions");

  assert.ok(errors.version > 20);
  assert.deepEqual({ ...errors, version: 0, brokenSection: 0 }, NO_ERRORS, JSON.stringify(first));
});

test("a splice of sources with other PIDs without their maps is noticed", () => {
  const { errors, first } = splice("different", false, "maps");

  assert.ok(errors.unmappedPes > 1_000);
  assert.deepEqual({ ...errors, unmappedPes: 0, brokenSection: 0 }, NO_ERRORS, JSON.stringify(first));
});
