import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { peer } from "@bilbycast/testkit/peers";
import { hasPayload, NULL_PID, PACKET_SIZE, pid } from "../packet.ts";
import { playFile } from "../test/paced.ts";

const folder = mkdtempSync(join(tmpdir(), "bilbycast-tr101290-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const SECONDS = 33;
const FIRST_MEDIA_PID = 256;
const QUIET = ["-hide_banner", "-loglevel", "error"];
const SOURCES = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "50", "-b:v", "1M", "-c:a", "aac"];
const MPEG2 = ["-c:v", "mpeg2video", "-b:v", "1M", "-maxrate", "1M", "-bufsize", "500k", "-c:a", "mp2", "-b:a", "128k"];

/** What ffmpeg's multiplexer can be asked for. */
const FORMS: [what: string, codecs: string[], options: string[]][] = [
  ["as it likes", H264, []],
  ["at a constant rate", MPEG2, ["-muxrate", "2500000"]],
  ["with a PCR every 40 ms and a PAT every 200 ms", MPEG2, ["-muxrate", "2500000", "-pcr_period", "40", "-pat_period", "0.2"]],
  [
    "with a PCR every 10 ms, a PAT every 400 ms and an SDT every 1.5 s",
    H264,
    ["-pcr_period", "10", "-pat_period", "0.4", "-sdt_period", "1.5"],
  ],
  [
    "with tables before each key frame and a discontinuity at the beginning",
    H264,
    ["-mpegts_flags", "+resend_headers+initial_discontinuity"],
  ],
];

for (const [what, codecs, options] of FORMS) {
  test(`half a minute that ffmpeg multiplexes ${what} has nothing to report`, async () => {
    const file = join(folder, "stream.ts");
    const output = ["-t", String(SECONDS), ...options, "-f", "mpegts", file];
    const ffmpeg = peer("ffmpeg", [...QUIET, "-y", ...SOURCES, ...codecs, ...output]);
    assert.equal(await ffmpeg.exited, 0, ffmpeg.output());

    const { errors, seconds, analyser } = playFile(readFileSync(file));

    assert.ok(seconds > 30, `${seconds}`);
    assert.deepEqual(errors, {});
    const [clock] = analyser.snapshot().clocks;
    assert.ok((clock?.lifetimeInterval?.max ?? Infinity) <= 100_000);
    assert.ok(!options.includes("-muxrate") || Math.abs((clock?.rate ?? 0) - 2_500_000) < 1, `${clock?.rate}`);
  });
}

test("what ffmpeg is asked to do wrong is reported: a PAT every 900 ms, and a PCR every 150 ms", async () => {
  const file = join(folder, "wrong.ts");
  const options = ["-g", "500", "-t", "10", "-muxrate", "2500000", "-pcr_period", "150", "-pat_period", "0.9", "-f", "mpegts", file];
  const ffmpeg = peer("ffmpeg", [...QUIET, "-y", ...SOURCES, ...MPEG2, ...options]);
  assert.equal(await ffmpeg.exited, 0, ffmpeg.output());

  const { errors } = playFile(readFileSync(file));

  assert.deepEqual(Object.keys(errors).toSorted(), ["pat", "pcrRepetition", "pmt"]);
  assert.ok((errors.pat ?? 0) >= 9 && (errors.pcrRepetition ?? 0) >= 60);
});

test("packets that are cut out of a file are counted, one error each, and ffmpeg finds as many", async () => {
  const [whole, cut] = [join(folder, "whole.ts"), join(folder, "cut.ts")];
  const making = peer("ffmpeg", [...QUIET, "-y", ...SOURCES, ...MPEG2, "-t", "12", "-muxrate", "2500000", "-f", "mpegts", whole]);
  assert.equal(await making.exited, 0, making.output());
  const file = readFileSync(whole);
  const kept: Uint8Array[] = [];
  let seen = 0;
  let lost = 0;
  for (let at = 0; at + PACKET_SIZE <= file.length; at += PACKET_SIZE) {
    // Not where ffmpeg looks twice to learn what the file holds and how long it is.
    const isMedia =
      pid(file, at) >= FIRST_MEDIA_PID && pid(file, at) !== NULL_PID && hasPayload(file, at) && at > 400_000 && at < file.length - 800_000;
    if (isMedia && ++seen % 500 === 0) {
      lost++;
    } else {
      kept.push(file.subarray(at, at + PACKET_SIZE));
    }
  }
  writeFileSync(cut, Buffer.concat(kept));

  const { errors, analyser } = playFile(readFileSync(cut));
  const reading = peer("ffmpeg", [
    "-hide_banner",
    "-nostats",
    "-loglevel",
    "debug",
    "-probesize",
    "100000",
    "-i",
    cut,
    "-map",
    "0",
    "-c",
    "copy",
    "-f",
    "null",
    "-",
  ]);
  await reading.exited;

  assert.ok(lost > 10);
  assert.deepEqual([errors, analyser.lostPackets], [{ continuityCounter: lost }, lost]);
  assert.equal(reading.output().match(/Continuity check failed/g)?.length, lost);
});
