import assert from "node:assert/strict";
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { peer } from "@bilbycast/testkit/peers";
import { readStrip, SAMPLE_RATE, TestSound, type TestPictureOptions } from "../index.ts";
import { FPS, NOON, picture } from "./drawn.ts";

const folder = mkdtempSync(join(tmpdir(), "bilbycast-signal-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const QUIET = ["-hide_banner", "-nostats", "-loglevel", "error", "-y"];
const FRAMES = 100;
const FIRST = NOON * FPS - 10;

const ffmpeg = async (...args: string[]): Promise<string> => {
  const run = peer("ffmpeg", [...QUIET, ...args]);
  assert.equal(await run.exited, 0, run.output());
  return run.output();
};

const at = (name: string): string => join(folder, name);

/** Writes frames one after the other, each drawn into the one buffer. */
const writeFrames = (name: string, options: Partial<TestPictureOptions>): void => {
  const made = picture(options);
  const bytes = new Uint8Array(made.size);
  const file = openSync(at(name), "w");
  made.prepare(bytes);
  for (let i = 0; i < FRAMES; i++) {
    made.draw(bytes, FIRST + i);
    writeSync(file, bytes);
  }
  closeSync(file);
};

const X264 = ["-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-bf", "2", "-b:v", "1M", "-maxrate", "1M", "-bufsize", "1M"];

before(async () => {
  writeFrames("raw.yuv", { marker: "sweep" });
  const raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1280x720", "-r", String(FPS), "-i", at("raw.yuv")];
  await ffmpeg(...raw, ...X264, at("coded.mkv"));
  rmSync(at("raw.yuv"));
});

/** Every frame of a file, of that size in 8 bits of grey, says who it is. */
const readsEach = (file: string, width: number, height: number): void => {
  const bytes = readFileSync(file);
  assert.equal(bytes.length, width * height * FRAMES);
  for (let i = 0; i < FRAMES; i++) {
    const reading = readStrip(bytes.subarray(i * width * height, (i + 1) * width * height), width, height, width);
    assert.deepEqual(
      reading,
      { sourceId: 0xcafe_f00d, frame: (FIRST + i) % 2 ** 32, timeMs: Math.round(((FIRST + i) * 1_000) / FPS) },
      `frame ${i}`,
    );
  }
};

const GREY = ["-pix_fmt", "gray", "-f", "rawvideo"];

test("every strip is read after libx264 at 1 Mbit/s", async () => {
  await ffmpeg("-i", at("coded.mkv"), ...GREY, at("grey.raw"));

  readsEach(at("grey.raw"), 1280, 720);
  rmSync(at("grey.raw"));
});

for (const [width, height, flags] of [
  [320, 180, "bicubic"],
  [320, 180, "fast_bilinear"],
  [480, 270, "area"],
  [1920, 1080, "bicubic"],
] as const) {
  test(`every strip is read after libx264 at 1 Mbit/s and scaling to ${width} by ${height} (${flags})`, async () => {
    await ffmpeg("-i", at("coded.mkv"), "-vf", `scale=${width}:${height}:flags=${flags}`, ...GREY, at("scaled.raw"));

    readsEach(at("scaled.raw"), width, height);
    rmSync(at("scaled.raw"));
  });
}

test("every strip is read from 320 by 180 that was coded again, at 200 kbit/s and as JPEG", async () => {
  await ffmpeg("-i", at("coded.mkv"), "-s", "320x180", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "200k", at("small.mkv"));
  await ffmpeg("-i", at("coded.mkv"), "-s", "320x180", "-c:v", "mjpeg", "-q:v", "8", at("jpeg.mkv"));

  for (const name of ["small", "jpeg"]) {
    await ffmpeg("-i", at(`${name}.mkv`), ...GREY, at("small.raw"));
    readsEach(at("small.raw"), 320, 180);
  }
});

test("ffmpeg measures the level of the tone, and hears each channel of 5.1 where it belongs", async () => {
  const made = new TestSound({ channels: 6, toneHz: 997, toneDbfs: -18, content: "tone", avSyncMarker: false });
  const samples = new Float32Array(6 * 5 * SAMPLE_RATE);
  made.fillInterleaved(samples, NOON * SAMPLE_RATE, 5 * SAMPLE_RATE);
  writeFileSync(at("tone.raw"), samples);

  const raw = ["-f", "f32le", "-ar", "48000", "-ac", "6", "-channel_layout", "5.1", "-i", at("tone.raw")];
  const run = peer("ffmpeg", ["-hide_banner", "-nostats", ...raw, "-af", "astats=measure_overall=none", "-f", "null", "-"]);
  assert.equal(await run.exited, 0, run.output());

  const numbers = (field: string): number[] =>
    [...run.output().matchAll(new RegExp(`${field}: (-?[\\d.]+)`, "g"))].map(([, found]) => Number(found));
  const [peaks, rms, crossings] = [numbers("Peak level dB"), numbers("RMS level dB"), numbers("Zero crossings")];
  assert.ok(peaks.length === 6 && peaks.every((level) => Math.abs(level + 18) < 0.01), peaks.join(" "));
  assert.ok(
    rms.every((level) => Math.abs(level + 18 + 3.01) < 0.01),
    rms.join(" "),
  );
  assert.ok(
    crossings.every((count, channel) => Math.abs(count - (channel === 3 ? 80 : 997) * 2 * 5) <= 2),
    crossings.join(" "),
  );
});

test("the burst stands in AAC where the flash stands in H.264", async () => {
  const made = new TestSound({ channels: 2, toneHz: 1_000, toneDbfs: -20, content: "tone", avSyncMarker: true });
  const count = (FRAMES * SAMPLE_RATE) / FPS;
  const samples = new Int16Array(2 * count);
  made.fillInterleaved(samples, (FIRST * SAMPLE_RATE) / FPS, count);
  writeFileSync(at("burst.raw"), samples);
  // Its edit list takes away what the encoder put before the first sample.
  await ffmpeg("-f", "s16le", "-ar", "48000", "-ac", "2", "-i", at("burst.raw"), "-c:a", "aac", at("burst.m4a"));
  await ffmpeg("-i", at("burst.m4a"), "-f", "f32le", "-ac", "1", at("sound.raw"));
  await ffmpeg("-i", at("coded.mkv"), "-fps_mode", "passthrough", "-s", "640x360", ...GREY, at("flash.raw"));

  const sound = new Float32Array(readFileSync(at("sound.raw")).buffer);
  const loud = Math.abs(sound.findIndex((sample) => Math.abs(sample) > 0.03) / SAMPLE_RATE);
  const pictures = readFileSync(at("flash.raw"));
  const patch = 640 * Math.floor(0.46 * 360) + Math.floor(0.695 * 640);
  const lit = Array.from({ length: FRAMES }, (_, i) => (pictures[i * 640 * 360 + patch] ?? 0) > 126);
  assert.deepEqual([lit.indexOf(true), lit.filter(Boolean).length], [10, 8]);
  assert.ok(Math.abs(loud - 10 / FPS) < 0.002, `${loud}`);
});
