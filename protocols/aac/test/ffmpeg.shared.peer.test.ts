import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import {
  ac3Shape,
  adtsShape,
  FrameWalker,
  latmShape,
  mpegAudioShape,
  opusShape,
  type AudioFormat,
  type AudioFrame,
  type FrameShape,
} from "../index.ts";

const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), "bilbycast-aac-"));
after(() => rmSync(folder, { recursive: true, force: true }));

type Case = {
  name: string;
  encoder: string[];
  rate: number;
  channels: number;
  shape: () => FrameShape;
  ours: Partial<AudioFormat>;
  /** What the frame's header has that ffprobe's packets do not show, in bytes. */
  wrapped?: boolean;
};

const cases: Case[] = [
  {
    name: "AAC LC in ADTS",
    encoder: ["aac"],
    rate: 48_000,
    channels: 2,
    shape: () => adtsShape,
    ours: { profile: "LC", channelLayout: "stereo", frameSamples: 1024 },
  },
  {
    name: "AAC 5.1 at 44.1 kHz in ADTS",
    encoder: ["aac"],
    rate: 44_100,
    channels: 6,
    shape: () => adtsShape,
    ours: { profile: "LC", channelLayout: "5.1" },
  },
  {
    name: "AAC LC in LATM",
    encoder: ["aac", "-mpegts_flags", "latm"],
    rate: 48_000,
    channels: 2,
    shape: latmShape,
    ours: { profile: "LC", channelLayout: "stereo" },
  },
  {
    name: "AAC mono at 32 kHz in LATM",
    encoder: ["aac", "-mpegts_flags", "latm"],
    rate: 32_000,
    channels: 1,
    shape: latmShape,
    ours: { profile: "LC" },
  },
  {
    name: "MP2",
    encoder: ["mp2", "-b:a", "192k"],
    rate: 48_000,
    channels: 2,
    shape: () => mpegAudioShape,
    ours: { codec: "mp2", bitRate: 192_000, frameSamples: 1152 },
  },
  {
    name: "MP2 of the lower rates, mono",
    encoder: ["mp2", "-b:a", "64k"],
    rate: 24_000,
    channels: 1,
    shape: () => mpegAudioShape,
    ours: { codec: "mp2", bitRate: 64_000 },
  },
  {
    name: "MP3 at 44.1 kHz, padded frames",
    encoder: ["libmp3lame", "-b:a", "128k"],
    rate: 44_100,
    channels: 2,
    shape: () => mpegAudioShape,
    ours: { codec: "mp3", bitRate: 128_000 },
  },
  {
    name: "MP3 of MPEG-2",
    encoder: ["libmp3lame", "-b:a", "56k"],
    rate: 22_050,
    channels: 1,
    shape: () => mpegAudioShape,
    ours: { codec: "mp3", frameSamples: 576 },
  },
  {
    name: "AC-3 5.1",
    encoder: ["ac3", "-b:a", "384k"],
    rate: 48_000,
    channels: 6,
    shape: () => ac3Shape,
    ours: { codec: "ac3", bitRate: 384_000, channelLayout: "5.1(side)" },
  },
  {
    name: "AC-3 stereo at 44.1 kHz",
    encoder: ["ac3", "-b:a", "192k"],
    rate: 44_100,
    channels: 2,
    shape: () => ac3Shape,
    ours: { codec: "ac3", bitRate: 192_000 },
  },
  {
    name: "AC-3 mono at 32 kHz",
    encoder: ["ac3", "-b:a", "96k"],
    rate: 32_000,
    channels: 1,
    shape: () => ac3Shape,
    ours: { codec: "ac3" },
  },
  {
    name: "E-AC-3 5.1",
    encoder: ["eac3", "-b:a", "256k"],
    rate: 48_000,
    channels: 6,
    shape: () => ac3Shape,
    ours: { codec: "eac3", bitRate: 256_000, frameSamples: 1536 },
  },
  {
    name: "Opus",
    encoder: ["libopus", "-b:a", "256k"],
    rate: 48_000,
    channels: 2,
    shape: () => opusShape,
    ours: { codec: "opus", frameSamples: 960 },
    wrapped: true,
  },
];

for (const { name, encoder, rate, channels, shape, ours, wrapped } of cases) {
  test(`${name}: every fact equals ffprobe's, and each frame is found`, async () => {
    const file = join(folder, `${name.replaceAll(/\W/g, "-")}.ts`);
    const tone = ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=${rate}`, "-t", "1"];
    await run("ffmpeg", ["-v", "error", "-y", ...tone, "-ac", String(channels), "-c:a", ...encoder, "-f", "mpegts", file]);
    const { streams, packets } = await probe(file);

    const frames: { frame: AudioFrame; stamp: number }[] = [];
    const walker = new FrameWalker(shape(), (frame, stamp) => frames.push({ frame, stamp }));
    feed(walker, readFileSync(file));

    const { format } = walker;
    const [theirs = {}] = streams;
    assert.ok(format !== undefined, "there is a format");
    assert.equal(format.codec, String(theirs["codec_name"]).replace("_latm", ""));
    assert.equal(format.sampleRate, Number(theirs["sample_rate"]));
    // Opus has its channels in the program map.
    assert.equal(format.channels ?? channels, theirs["channels"]);
    assert.equal(format.channelLayout ?? theirs["channel_layout"], theirs["channel_layout"]);
    for (const [key, value] of Object.entries(ours)) {
      assert.equal(format[key as keyof AudioFormat], value, key);
    }
    assert.equal(walker.skippedBytes + walker.lost, 0);
    if (wrapped === true) {
      assert.equal(frames.length, packets.length);
    } else {
      assert.deepEqual(
        frames.map(({ frame }) => frame.frameSize),
        packets.map(({ size }) => Number(size)),
      );
    }
    // A PES packet has one PTS, ffprobe reckons those of the frames behind the first.
    const stamped = frames.flatMap(({ stamp }, i) => (stamp < 0 ? [] : [[i, stamp]]));
    assert.deepEqual(
      stamped,
      stamped.map(([i = 0]) => [i, packets[i]?.pts]),
    );
    assert.ok(stamped.length > 1, "more than one frame is stamped");
  });
}

type Probed = { streams: Record<string, string | number>[]; packets: { size: string; pts: number }[] };

const probe = async (file: string): Promise<Probed> => {
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_streams", "-show_packets", "-of", "json", file], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as Probed;
};

/** ffmpeg's first elementary stream. */
const PID = 0x100;

/** Feeds the payload of PES packets, one transport packet after the other. */
const feed = (walker: FrameWalker, file: Buffer): void => {
  for (let at = 0; at < file.length; at += 188) {
    const flags = file.readUInt32BE(at);
    if (((flags >> 8) & 0x1fff) !== PID || (flags & 0x10) === 0) {
      continue;
    }
    let payload = at + 4 + ((flags & 0x20) === 0 ? 0 : 1 + (file[at + 4] ?? 0));
    if ((flags & 0x400000) !== 0) {
      walker.stamp(ptsOf(file, payload + 9));
      payload += 9 + (file[payload + 8] ?? 0);
    }
    walker.push(file, payload, at + 188);
  }
};

const ptsOf = (file: Buffer, at: number): number =>
  (((file[at] ?? 0) >> 1) & 7) * 2 ** 30 + (file.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (file.readUInt16BE(at + 3) >> 1);
