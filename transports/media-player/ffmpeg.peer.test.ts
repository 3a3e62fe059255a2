import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { openInput } from "./input.ts";
import { configured, HandDriven } from "./test/hand-driven.ts";

const run = promisify(execFile);
const SAMPLE = path.join(import.meta.dirname, "../../apps/edge/demo/bilbycast-sample.m2t");

/** A folder that goes when the test ends. */
const folderFor = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), "media-player-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
};

/** Writes what the player makes of the files, played one after the other. */
const playInto = async (file: string, sources: string[]): Promise<void> => {
  const context = new HandDriven();
  for (const source of sources) {
    context.files.set(path.basename(source), await readFile(source));
  }
  const named = sources.map((source) => ({ kind: "ts", name: path.basename(source) }));
  await openInput(configured({ sources: named, loop_playback: false }), context);
  await context.pass(sources.length * 11_000_000);
  assert.deepEqual(context.codes(), ["media_player_playlist_exhausted"]);
  await writeFile(file, Buffer.concat(context.written.map(({ unit }) => unit)));
};

/** Everything that ffmpeg has to say about decoding the file; frames keep their times, so that no rounding to a frame rate is complained of. */
const complaints = async (file: string): Promise<string> =>
  (await run("ffmpeg", ["-v", "warning", "-i", file, "-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-f", "null", "-"])).stderr;

/** Differences between successive DTS of a stream, 90 kHz. */
const dtsSteps = async (file: string, stream: number): Promise<number[]> => {
  const show = ["-v", "warning", "-select_streams", String(stream), "-show_entries", "packet=dts", "-of", "csv=p=0"];
  const { stdout, stderr } = await run("ffprobe", [...show, file], { maxBuffer: 1 << 24 });
  assert.equal(stderr, "");
  const stamps = stdout
    .split("\n")
    .filter((line) => /^\d+/.test(line))
    .map((line) => Number.parseInt(line, 10));
  return stamps.slice(1).map((stamp, i) => stamp - (stamps[i] ?? 0));
};

test("ffmpeg decodes three loops of the sample without a complaint, and ffprobe sees time stamps without a seam", async (t) => {
  const file = path.join(await folderFor(t), "loops.m2t");
  await playInto(file, [SAMPLE, SAMPLE, SAMPLE]);

  assert.equal(await complaints(file), "");
  const video = await dtsSteps(file, 0);
  assert.equal(video.length, 3 * 240 - 1);
  assert.deepEqual([...new Set(video)], [3_600]);
  const audio = await dtsSteps(file, 1);
  assert.equal(audio.length, 3 * 400 - 1);
  assert.deepEqual([...new Set(audio)], [2_160]);
});

test("ffmpeg decodes loops of a variable-rate M2TS file with B-frames and AAC without a complaint", async (t) => {
  const folder = await folderFor(t);
  const variable = path.join(folder, "variable.m2ts");
  const picture = [
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=320x180:rate=30000/1001",
    "-f",
    "lavfi",
    "-i",
    "sine=frequency=440:sample_rate=48000",
  ];
  const codecs = ["-t", "3", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac"];
  await run("ffmpeg", ["-v", "error", ...picture, ...codecs, "-f", "mpegts", "-mpegts_m2ts_mode", "1", variable]);

  const loops = path.join(folder, "loops.m2t");
  await playInto(loops, [variable, variable, variable]);
  assert.equal(await complaints(loops), "");
  const video = await dtsSteps(loops, 0);
  assert.ok(
    video.every((step) => step >= 3_003 && step < 3 * 3_003),
    `steps ${[...new Set(video)].join()}`,
  );
  assert.ok((await dtsSteps(loops, 1)).every((step) => step > 0));
});
