import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { liveLayout, LIVE_DATAGRAM, LiveTs } from "@bilbycast/testkit/streams";
import { InputAnalysis } from "../input-analysis.ts";
import type { Tr101290Form } from "../tr101290-form.ts";

const UNITS = 4_000;
/** Microseconds of one at 5 Mbit/s. */
const PERIOD = 2_105.6;

/** Eight seconds of a live stream. */
const units = (each: (bytes: Uint8Array, n: number) => void): void => {
  const [made] = liveLayout("different", 4, 5_000_000);
  assert.ok(made !== undefined);
  const stream = new LiveTs(made);
  const bytes = new Uint8Array(LIVE_DATAGRAM);
  for (let n = 0; n < UNITS; n++) {
    stream.next(bytes);
    each(bytes, n);
  }
};

const made = (): InputAnalysis =>
  new InputAnalysis(
    { tr101290: true, media: false },
    () => 0,
    () => {},
  );

/** What the checks say of four seconds that come as they should. */
const checked = (analysis: InputAnalysis): Tr101290Form | undefined => {
  const at = (n: number): Instant => instant(9_000_000 + n * PERIOD);
  units((bytes, n) => {
    if (n < UNITS / 2) {
      analysis.expire(at(n));
      analysis.take(bytes, 0, bytes.length, at(n));
    }
  });
  const { tr101290 } = analysis.report(at(UNITS / 2));
  // Who knows the programs already looks at a clock one PCR earlier.
  return tr101290 === undefined ? undefined : { ...tr101290, pcr: [] };
};

test("of units that were chosen for their tables the programs are learnt, and nothing is judged", () => {
  const analysis = made();

  units((bytes) => analysis.takeTables(bytes, 0, bytes.length, instant(1_000_000)));
  const before = analysis.report(instant(1_000_000));

  assert.deepEqual([before.catalog?.programs.length, before.tr101290], [1, undefined], "known, and not begun");
  // What was learnt from is a gap of ours, and else nothing.
  assert.deepEqual(checked(analysis), { ...checked(made()), analysis_gaps: 1 });
});

test("every evidence is a whole packet, also where checks are switched on while tables alone still come", () => {
  const now = instant(1_000_000);
  const analysis = made();

  units((bytes) => analysis.takeTables(bytes, 0, bytes.length, now));
  // All at one moment: as a machine gives them that stood still.
  units((bytes) => analysis.take(bytes, 0, bytes.length, now));
  const evidence = Object.values(analysis.report(now).tr101290?.evidence ?? {});

  assert.ok(evidence.length > 0, "sections that come at once come too often");
  for (const { packet_hex: packet } of evidence) {
    assert.match(packet ?? "47".repeat(188), /^47[0-9a-f]{374}$/);
  }
});
