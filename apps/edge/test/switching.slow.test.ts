import assert from "node:assert/strict";
import { test } from "node:test";
import { openFeed, type LiveReport, type LiveSource } from "@bilbycast/testkit/live";
import { seeded } from "@bilbycast/testkit/random";
import { LIVE_DATAGRAM, liveLayout, type Layout } from "@bilbycast/testkit/streams";
import { PacketDigests, type DigestReport } from "@bilbycast/testkit/ts-checker";
import { latencies, SwitchingStorm, unexplainedTurn } from "./switching-storm.ts";
import { SwitchingStage } from "./switching-stage.ts";
import { checkNothingToNotice } from "./switching-verdict.ts";

const RATE = 20_000_000;
/** Datagrams that leave before the first switch, at least. */
const UNTOUCHED = 1_000;

/** The soak asks for more of it, and says from which seed. */
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 1);
const TIMES = Number(process.env["BILBYCAST_SOAK_TIMES"] ?? 50);

const LAYOUTS: readonly Layout[] = ["clashing", "different", "crossed"];

for (const layout of LAYOUTS) {
  test(`no receiver notices ${TIMES} switches among three inputs of 20 Mbit/s with ${layout} PIDs, seed ${SEED}`, async (t) => {
    const sources: LiveSource[] = liveLayout(layout, SEED, RATE).map((made) => ({ made }));
    const stage = await SwitchingStage.open(t, sources, UNTOUCHED);
    await stage.senders.start(0, 1, 2);
    await stage.received(UNTOUCHED);
    const storm = new SwitchingStorm(stage, seeded(SEED));

    await storm.run(TIMES);
    await stage.senders.stop(0, 1, 2);
    const reports = await stage.reports();

    assert.equal(stage.drops, 0, "the machine dropped datagrams: what the judge says is worth nothing");
    const untouched = digestOf(sources[0] as LiveSource);
    for (const [output, report] of reports) {
      t.diagnostic(`${output}: ${figures(report, latencies(report, storm.commands))}`);
      assert.deepEqual(report.digest, untouched, `${output}: before the first switch each packet leaves as it came`);
      checkNothingToNotice(output, report, storm.commands.length, UNTOUCHED);
      assert.equal(unexplainedTurn(report.turns, storm.commands), undefined, `${output}: a source came back without a command`);
    }
  });
}

const figures = ({ datagrams, turns, check }: LiveReport, ms: readonly number[]): string => {
  const at = (share: number): string => (ms[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? Number.NaN).toFixed(2);
  const latency = `command to new source: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms of ${ms.length}`;
  const { brokenSection, straySection } = check.errors;
  const counts = `${check.discontinuityCount} discontinuities, ${check.versionJumps} version jumps, ${brokenSection} cut and ${straySection} stray sections`;
  return `${datagrams} datagrams, ${turns.length - 1} turns; ${latency}; ${counts}`;
};

const digestOf = (source: LiveSource): DigestReport => {
  const feed = openFeed(source);
  const digests = new PacketDigests();
  const datagram = new Uint8Array(LIVE_DATAGRAM);
  for (let i = 0; i < UNTOUCHED; i++) {
    feed.next(datagram, 0);
    digests.take(datagram);
  }
  return digests.report();
};
