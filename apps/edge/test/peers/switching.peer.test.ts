import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import {
  ffmpegLiveFile,
  ffmpegPlayer,
  framesOf,
  freePorts,
  hashesIn,
  pictureHashes,
  Stage,
  waitFor,
  type LiveFile,
} from "@bilbycast/testkit/peers";
import { integer, seeded } from "@bilbycast/testkit/random";
import { SwitchingStage } from "../switching-stage.ts";
import { checkNothingToNotice } from "../switching-verdict.ts";

const RATE = 6_000_000;
/** Of each file: more than ten switches take. */
const SECONDS = 25;
const SWITCHES = 10;
/** Pictures of a source, whole and right, after which it counts as shown. */
const SHOWN = 5;
/** Datagrams before the first switch, of which digests could be made. */
const UNTOUCHED = 100;
const LONGEST_DWELL_MS = 300;
const WAIT_SECONDS = 20;
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 1);

const CASES: { name: string; form: Pick<LiveFile, "ownPids" | "codecs"> }[] = [
  { name: "H.264 and AAC on the same PIDs", form: { ownPids: false, codecs: "h264-aac" } },
  { name: "MPEG-2 and MP2 on other PIDs", form: { ownPids: true, codecs: "mpeg2-mp2" } },
];

for (const { name, form } of CASES) {
  test(`ffmpeg decodes on through ${SWITCHES} switches, ${name}, seed ${SEED}`, async (t) => {
    const peers = new Stage(t);
    const files = [0, 1, 2].map((source) => peers.path(`source-${source}.ts`));
    await Promise.all(files.map((file, source) => ffmpegLiveFile(file, { source, seconds: SECONDS, rate: RATE, ...form })));
    const known = await Promise.all(files.map(async (file) => new Set(await pictureHashes(file))));
    const port = await freePorts(1);
    const player = await peers.listening(ffmpegPlayer({ port }, peers.folder), port);
    const sources = files.map((file) => ({ file, rate: RATE }));
    const stage = await SwitchingStage.open(t, sources, UNTOUCHED, [{ type: "udp", dest_addr: `127.0.0.1:${port}`, trains: false }]);
    const pictures = (): string[] => hashesIn(peers.read("pictures").toString());
    const frames = (): number => framesOf(peers.read("progress").toString());
    /** Right pictures of the source from the n-th picture on; those of a cut group are none. */
    const shows = (source: number, from: number): boolean =>
      pictures()
        .slice(from)
        .filter((hash) => known[source]?.has(hash)).length >= SHOWN;
    await stage.senders.start(0, 1, 2);
    await waitFor("the first source to show", () => shows(0, 0), WAIT_SECONDS);

    const random = seeded(SEED);
    let onAir = 0;
    for (let done = 0; done < SWITCHES; done++) {
      await sleep(random() * LONGEST_DWELL_MS);
      const [before, counted] = [pictures().length, frames()];
      onAir = (onAir + (done === 0 ? 1 : 1 + integer(random, 2))) % 3;
      await stage.activate(onAir);
      await waitFor(`source ${onAir} to show after switch ${done + 1}`, () => shows(onAir, before), WAIT_SECONDS);
      await waitFor("frames to be counted on", () => frames() > counted, WAIT_SECONDS);
    }
    // It hears of its end only while something arrives.
    player.input?.write("q");
    const code = await player.exited;
    const { over } = await stage.senders.stop(0, 1, 2);

    assert.equal(code, 0, player.output());
    assert.deepEqual(over, [false, false, false], "the files were too short for the test");
    assert.equal(stage.drops, 0, "the machine dropped datagrams");
    const decoded = pictures();
    const bySource = known.map((hashes) => decoded.filter((hash) => hashes.has(hash)).length);
    t.diagnostic(`${frames()} frames, right pictures of each source: ${bySource.join(", ")}`);
    assert.ok(bySource.every((count) => count >= SHOWN));
    for (const [output, report] of await stage.reports()) {
      checkNothingToNotice(output, report, SWITCHES, UNTOUCHED);
    }
  });
}
