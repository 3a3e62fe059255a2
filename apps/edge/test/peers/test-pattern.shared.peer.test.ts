import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { hashOf, readStrip } from "@bilbycast/protocols/test-signal";
import { Stage, waitFor } from "@bilbycast/testkit/peers";
import { checkConstantStream } from "./constant-stream.ts";
import { decodedPictures, decodedSound, measureTone, shownAt } from "./decoded-signal.ts";

const PACKET = 188;
const VIDEO_PID = 0x100;

/** From the first picture that needs no other: what came before cannot be decoded. */
const fromKey = (stream: Uint8Array): Uint8Array => {
  for (let at = 0; at + PACKET <= stream.length; at += PACKET) {
    const pid = (((stream[at + 1] ?? 0) & 0x1f) << 8) | (stream[at + 2] ?? 0);
    if (pid === VIDEO_PID && ((stream[at + 3] ?? 0) & 0x20) !== 0 && (stream[at + 4] ?? 0) > 0 && ((stream[at + 5] ?? 0) & 0x40) !== 0) {
      return stream.subarray(at);
    }
  }
  return stream;
};

/** Mean of a square of a plane. */
const mean = (plane: Uint8Array, stride: number, x: number, y: number): number => {
  let sum = 0;
  for (let row = y; row < y + 8; row++) {
    for (let column = x; column < x + 8; column++) {
      sum += plane[row * stride + column] ?? 0;
    }
  }
  return sum / 64;
};

/** 75 % bars in BT.709, 8 bits, left to right. SMPTE RP 219. */
const BARS = [
  ["white", 180, 128, 128],
  ["yellow", 168, 44, 136],
  ["cyan", 145, 147, 44],
  ["green", 133, 63, 52],
  ["magenta", 63, 193, 204],
  ["red", 51, 109, 212],
  ["blue", 28, 212, 120],
] as const;

test("the test pattern is what it says: rate, clock, colours, tone and strip, measured on what ffmpeg decodes", async (t) => {
  const stage = new Stage(t);
  const sink = await stage.sink();
  const config = { type: "test_pattern", screen_id: "Studio 1", tone_hz: 997, tone_dbfs: -18, video_bitrate_kbps: 3_000 };
  const edge = await stage.edge([{ id: "f", input: config, outputs: [{ type: "udp", dest_addr: `127.0.0.1:${sink.port}` }] }]);
  await waitFor("frames", async () => Number((await edge.stats("f")).input["frames_encoded"]) > 50, 30);
  sink.clear();
  const startedAt = Date.now();
  const rate = Number((await edge.stats("f")).input["mux_rate"]);
  await waitFor("five seconds of it", () => Promise.resolve(sink.size >= (rate / 8) * 5));
  const stream = sink.bytes();
  checkConstantStream(stream, rate);

  writeFileSync(stage.path("in.ts"), fromKey(stream));
  const pictures = await decodedPictures(stage.path("in.ts"), stage.path("in.yuv"), 1_280, 720);
  assert.ok(pictures.length > 70, `${pictures.length} pictures`);
  const strips = pictures.map((picture) => readStrip(picture.subarray(0, 1_280 * 720), 1_280, 720, 1_280));
  const first = strips[0];
  assert.ok(first !== undefined);
  assert.deepEqual(
    strips.map((strip) => [strip?.sourceId, strip?.frame]),
    strips.map((_, i) => [hashOf("Studio 1"), (first.frame + i) % 2 ** 32]),
  );
  assert.ok(Math.abs(first.timeMs - startedAt) < 10_000, "the strip tells the time of day");
  assert.deepEqual(
    strips.map((strip) => (strip?.timeMs ?? 0) - first.timeMs),
    strips.map((_, i) => 40 * i),
  );

  const picture = pictures.at(-1) ?? new Uint8Array(0);
  const [luma, blue, red] = [picture.subarray(0, 921_600), picture.subarray(921_600, 1_152_000), picture.subarray(1_152_000)];
  for (const [i, [name, y, cb, cr]] of BARS.entries()) {
    const x = 160 + 2 * Math.round((i + 0.5) * (480 / 7));
    const measured = [mean(luma, 1_280, x - 4, 100), mean(blue, 640, x / 2 - 4, 50), mean(red, 640, x / 2 - 4, 50)];
    assert.ok(
      [y, cb, cr].every((level, channel) => Math.abs((measured[channel] ?? 0) - level) <= 3),
      `${name}: ${measured.join(", ")} instead of ${y}, ${cb}, ${cr}`,
    );
  }

  const sound = await decodedSound(stage.path("in.ts"), stage.path("in.f32"));
  const tone = measureTone(sound.subarray(9_600, sound.length - 9_600), 997);
  assert.ok(Math.abs(tone.dbfs + 18) < 0.1 && Math.abs(tone.hz - 997) < 0.1, JSON.stringify(tone));
});

test("flash and burst are less than 5 ms apart", async (t) => {
  const stage = new Stage(t);
  const sink = await stage.sink();
  const config = { type: "test_pattern", av_sync_marker: true, tone_dbfs: -6 };
  const edge = await stage.edge([{ id: "f", input: config, outputs: [{ type: "udp", dest_addr: `127.0.0.1:${sink.port}` }] }]);
  await waitFor("frames", async () => Number((await edge.stats("f")).input["frames_encoded"]) > 50, 30);
  sink.clear();
  const rate = Number((await edge.stats("f")).input["mux_rate"]);
  await waitFor("five seconds of it", () => Promise.resolve(sink.size >= (rate / 8) * 5));
  writeFileSync(stage.path("in.ts"), fromKey(sink.bytes()));

  const pictures = await decodedPictures(stage.path("in.ts"), stage.path("in.yuv"), 1_280, 720);
  const times = await shownAt(stage.path("in.ts"), "v:0");
  const patch = 1_280 * Math.floor(0.46 * 720) + Math.floor(0.695 * 1_280);
  const lit = pictures.map((picture) => (picture[patch] ?? 0) > 126);
  const flashes = lit.flatMap((is, i) => (is && i > 0 && lit[i - 1] === false ? [times[i] ?? 0] : []));

  const sound = await decodedSound(stage.path("in.ts"), stage.path("in.f32"));
  const [soundStart = 0] = await shownAt(stage.path("in.ts"), "a:0");
  const bursts: number[] = [];
  for (let i = 0, last = -48_000; i < sound.length; i++) {
    if (Math.abs(sound[i] ?? 0) > 0.1) {
      if (i - last > 24_000) {
        bursts.push(soundStart + i / 48_000);
      }
      last = i;
    }
  }
  assert.ok(flashes.length >= 3, `${flashes.length} flashes`);
  for (const flash of flashes.slice(1, -1)) {
    const nearest = bursts.reduce((best, burst) => (Math.abs(burst - flash) < Math.abs(best - flash) ? burst : best), Infinity);
    assert.ok(Math.abs(nearest - flash) < 0.005, `flash at ${flash}, bursts at ${bursts.join(", ")}`);
  }
});
