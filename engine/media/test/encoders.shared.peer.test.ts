import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, test } from "node:test";
import type { EncodedUnit, TestSignalSpec } from "@bilbycast/engine/transport";
import { waitFor } from "@bilbycast/testkit/peers";
import { decodeUnit, type BackendName } from "../jobs.ts";
import { FROM_HOST, TO_HOST } from "../wire.ts";
import { poolOf } from "./picture-rig.ts";

const FPS = 25;
const FRAMES = 75;
const FIRST = 1_800_014_400 * FPS;

const spec = (channels: 1 | 2 | 6 | 8): TestSignalSpec => ({
  kind: "test-signal",
  firstFrame: FIRST,
  sourceId: 7,
  name: "Studio",
  width: 640,
  height: 360,
  fps: FPS,
  videoKbps: 800,
  audio: { channels, toneHz: 1_000, toneDbfs: -20, content: "tone", kbps: 64 * channels },
  marker: "none",
});

/** What a program of ffmpeg says of bytes. */
const probed = (units: readonly EncodedUnit[], format: string, fields: string): string =>
  execFileSync(
    "ffprobe",
    ["-v", "error", "-f", format, "-count_frames", "-show_entries", `stream=${fields}`, "-of", "csv=p=0", "-i", "pipe:0"],
    {
      input: Buffer.concat(units.map(({ bytes }) => bytes)),
      encoding: "utf8",
    },
  ).trim();

for (const backend of ["node-av", "ffmpeg"] satisfies BackendName[]) {
  const { pool } = poolOf({ backends: [backend] });
  after(() => pool.stop());

  for (const channels of [1, 2, 6, 8] as const) {
    test(`${backend}: frames and sound of ${channels} channels come out with the times that they went in with`, async () => {
      const units: EncodedUnit[] = [];
      const opened = Promise.withResolvers<void>();
      const job = pool.open(`encoder ${channels}`, () => spec(channels), true, {
        onOpened: () => opened.resolve(),
        onMessage: (kind, body) => {
          const unit = kind === FROM_HOST.unit ? decodeUnit(body) : undefined;
          if (unit !== undefined) {
            units.push({ ...unit, bytes: unit.bytes.slice() });
          }
        },
        onLost: (why) => opened.reject(new Error(why)),
      });
      await opened.promise;
      const order = new Uint8Array(8);
      // Those of a process come late by a frame or two: more are asked for than are looked at.
      for (let end = FIRST; end <= FIRST + FRAMES + FPS; end += 5) {
        new DataView(order.buffer).setFloat64(0, end);
        job.send(TO_HOST.want, false, order);
      }
      const of = (stream: number): EncodedUnit[] => units.filter((unit) => unit.stream === stream);
      await waitFor("frames and sound", () => Promise.resolve(of(0).length >= FRAMES && of(1).length >= 140), 30);
      job.close();

      const video = of(0).slice(0, FRAMES);
      assert.deepEqual(
        video.map(({ pts, dts }) => [pts, dts]),
        video.map((_, i) => [(FIRST + i) * 3_600, (FIRST + i) * 3_600]),
      );
      assert.deepEqual(
        video.flatMap(({ randomAccess }, i) => (randomAccess ? [i] : [])),
        [0, 25, 50],
      );
      assert.equal(probed(video, "h264", "codec_name,width,height,nb_read_frames"), `h264,640,360,${FRAMES}`);
      const sound = of(1).slice(0, 140);
      const start = (FIRST / FPS) * 90_000;
      // An encoder puts 1024 samples before the first.
      assert.deepEqual(
        sound.slice(0, 3).map(({ pts }) => pts - start),
        [-1_920, 0, 1_920],
      );
      assert.equal(probed(sound, "aac", "codec_name,sample_rate,channels"), `aac,48000,${channels}`);
    });
  }
}
