import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import type { Descriptor } from "@bilbycast/protocols/mpegts";
import { chance, integer, seeded } from "@bilbycast/testkit/random";
import { MadeMux } from "@bilbycast/testkit/streams";
import type { MediaAnalysis } from "../index.ts";
import { Analysed } from "./analysed.ts";

const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), "bilbycast-analysis-"));
after(() => rmSync(folder, { recursive: true, force: true }));

type Probed = Record<string, string | number> & { tags?: { language?: string } };
type VideoForm = MediaAnalysis["video_streams"][number];
type AudioForm = MediaAnalysis["audio_streams"][number];

type ProbedProgram = {
  program_num: number;
  pmt_pid: number;
  pcr_pid: number;
  tags: { service_name: string; service_provider: string };
  streams: Probed[];
};

/** What ffprobe calls the codecs. */
const NAMES: Readonly<Record<string, string>> = {
  "H.264/AVC": "h264",
  "H.265/HEVC": "hevc",
  "MPEG-2 Video": "mpeg2video",
  "MPEG-1 Video": "mpeg1video",
  MP2: "mp2",
  MP3: "mp3",
  "AC-3": "ac3",
  "E-AC-3": "eac3",
  Opus: "opus",
  "SMPTE 302M": "s302m",
  "DVB Subtitles": "dvb_subtitle",
  "DVB Teletext": "dvb_teletext",
  KLV: "klv",
  "SCTE-35": "scte_35",
};

const source = (size: string, rate: string): string[] => ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}`];

const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1"];
const X265 = ["-c:v", "libx265", "-preset", "ultrafast"];

const videos: { name: string; input: string[]; encoder: string[]; gop: { length: number; structure: string } }[] = [
  {
    name: "H.264 High, interlaced, with slices",
    input: source("720x576", "25"),
    encoder: [
      ...[...X264, "-pix_fmt", "yuv420p", "-profile:v", "high", "-flags", "+ildct+ilme", "-g", "12", "-bf", "2"],
      // Or else frames and stream are of two minds, and ffprobe shows the one that is wrong.
      ...["-vf", "setfield=tff"],
      ...["-x264-params", "b-adapt=0:scenecut=0:b-pyramid=0:slices=4:aud=1"],
    ],
    gop: { length: 12, structure: "IBBP" },
  },
  {
    name: "H.264 High 4:2:2 of 10 bits at 59.94",
    input: source("640x360", "60000/1001"),
    encoder: [...X264, "-pix_fmt", "yuv422p10le", "-profile:v", "high422", "-g", "15", "-x264-params", "scenecut=0"],
    gop: { length: 15, structure: "IP" },
  },
  {
    name: "HEVC Main 10 at 23.976",
    input: source("426x240", "24000/1001"),
    encoder: [
      ...[...X265, "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"],
      ...["-x265-params", "log-level=none:keyint=10:min-keyint=10:bframes=2:b-adapt=0:scenecut=0:open-gop=0:b-pyramid=0"],
    ],
    gop: { length: 10, structure: "IBBP" },
  },
  {
    name: "MPEG-2 Main, interlaced",
    input: source("720x576", "25"),
    encoder: ["-c:v", "mpeg2video", "-b:v", "4M", "-g", "12", "-bf", "2", "-flags", "+ildct+ilme", "-sc_threshold", "1000000000"],
    gop: { length: 12, structure: "IBBP" },
  },
  {
    name: "MPEG-1",
    input: source("352x288", "30000/1001"),
    encoder: ["-c:v", "mpeg1video", "-b:v", "1M", "-g", "9", "-sc_threshold", "1000000000"],
    gop: { length: 9, structure: "IP" },
  },
];

const FRAMES = 160;

const files: string[] = [];

for (const { name, input, encoder, gop } of videos) {
  test(`${name}: every fact equals ffprobe's`, async () => {
    const file = join(folder, `${name.replaceAll(/\W/g, "-")}.ts`);
    await run("ffmpeg", ["-v", "error", "-y", ...input, "-frames:v", String(FRAMES), ...encoder, "-f", "mpegts", file]);
    files.push(file);

    const [ours] = analyse(file).video_streams;
    const [theirs = {}] = await probe(file);

    assert.ok(ours !== undefined, "there is a video stream");
    assert.deepEqual(spelledVideo(ours, theirs), pick(theirs, spelledVideo(ours, theirs)));
    const [numerator = 0, denominator = 1] = String(theirs["r_frame_rate"]).split("/").map(Number);
    assert.ok(Math.abs((ours.frame_rate ?? 0) - numerator / denominator) < 0.002, `${ours.frame_rate} frames/s`);
    assert.deepEqual([ours.gop?.length, ours.gop?.structure], [gop.length, gop.structure]);
  });
}

test("HEVC fields, each in a PES packet of its own, make frames", async () => {
  const file = join(folder, "fields.ts");
  const encoder = [...X265, "-pix_fmt", "yuv420p", "-x265-params"];
  const fields = "log-level=none:interlace=tff:keyint=20:min-keyint=20:scenecut=0:open-gop=0:repeat-headers=1";
  await run("ffmpeg", ["-v", "error", "-y", ...source("720x288", "50"), "-frames:v", "300", ...encoder, fields, "-f", "mpegts", file]);

  const [ours] = analyse(file).video_streams;

  assert.deepEqual([ours?.scan, ours?.field_order, ours?.frame_rate, ours?.gop?.length], ["interlaced", "top", 25, 10]);
});

test("every kind of sound in one stream: each fact equals ffprobe's", async () => {
  const encoders: [codec: string[], channels: number, rate: number][] = [
    [["aac"], 2, 48_000],
    [["aac"], 6, 44_100],
    [["mp2", "-b:a", "192k"], 2, 48_000],
    [["libmp3lame", "-b:a", "128k"], 2, 44_100],
    [["ac3", "-b:a", "384k"], 6, 48_000],
    [["eac3", "-b:a", "256k"], 6, 48_000],
    [["libopus", "-b:a", "96k"], 2, 48_000],
    [["libopus", "-mapping_family", "1", "-b:a", "256k"], 6, 48_000],
  ];
  await compareSounds("sounds", encoders, []);
});

test("AAC in LATM: each fact equals ffprobe's", async () => {
  await compareSounds(
    "latm",
    [
      [["aac"], 2, 48_000],
      [["aac"], 1, 32_000],
    ],
    ["-mpegts_flags", "latm"],
  );
});

test("SMPTE 302M of 16, 20 and 24 bits: each fact equals ffprobe's", async () => {
  const s302m = (format: string, bits: string): string[] => ["s302m", "-strict", "-2", "-sample_fmt", format, "-bits_per_raw_sample", bits];
  await compareSounds(
    "s302m",
    [
      [s302m("s16", "16"), 2, 48_000],
      [s302m("s32", "20"), 4, 48_000],
      [s302m("s32", "24"), 8, 48_000],
    ],
    [],
  );
});

test("programs with their names, maps, clocks and streams are those that ffprobe finds", async () => {
  const file = join(folder, "programs.ts");
  const tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  const inputs = [...source("320x240", "25"), ...tone, ...tone];
  const programs = ["-program", "title=Ällo <b>:program_num=7:st=0:st=1", "-program", "title=Radio & more:program_num=12:st=2"];
  const outputs = [
    "-map",
    "0",
    "-map",
    "1",
    "-map",
    "2",
    "-c:v",
    "mpeg2video",
    "-c:a",
    "mp2",
    ...programs,
    "-metadata",
    "service_provider=Prov",
  ];
  await run("ffmpeg", ["-v", "error", "-y", ...inputs, "-t", "1", ...outputs, "-f", "mpegts", file]);

  const { programs: ours, program_count: count } = analyse(file);
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_programs", "-of", "json", file]);
  const theirs = (JSON.parse(stdout) as { programs: ProbedProgram[] }).programs;

  assert.equal(count, 2);
  assert.deepEqual(
    ours.map((each) => [each.program_number, each.pmt_pid, each.pcr_pid, each.service_name, each.video_streams, each.audio_streams]),
    theirs.map(({ program_num: number, pmt_pid: map, pcr_pid: pcr, tags, streams }) => {
      const kinds = streams.map(({ codec_type: kind }) => kind);
      return [
        number,
        map,
        pcr,
        tags.service_name,
        kinds.filter((kind) => kind === "video").length,
        kinds.filter((kind) => kind === "audio").length,
      ];
    }),
  );
  assert.deepEqual(
    ours.map(({ provider }) => provider),
    theirs.map(({ tags }) => tags.service_provider),
  );
});

test("subtitles, teletext, KLV and cues: what and in which language equals ffprobe's", async () => {
  const text = (letters: string): number[] => [...Buffer.from(letters)];
  const bare = (tag: number, ...data: number[]): Descriptor => ({ tag, data: Uint8Array.from(data) });
  const mux = new MadeMux().tables([
    {
      programNumber: 1,
      programMapPid: 0x100,
      programInfo: [bare(0x05, ...text("CUEI"))],
      streams: [
        { pid: 0x200, streamType: 6, descriptors: [bare(0x59, ...text("fin"), 0x10, 0, 1, 0, 2)] },
        { pid: 0x201, streamType: 6, descriptors: [bare(0x56, ...text("dan"), 0x10, 0x88)] },
        { pid: 0x202, streamType: 6, descriptors: [bare(0x05, ...text("KLVA"))] },
        { pid: 0x203, streamType: 0x86 },
      ],
    },
  ]);
  const file = join(folder, "data.ts");
  mux
    .pes(0x200, { pts: 90_000, payload: Uint8Array.from([0x20, 0, 0x0f, 0xff]) })
    .pes(0x201, { pts: 90_000, payload: new Uint8Array(46).fill(0x10) });
  writeFileSync(file, mux.pes(0x202, { pts: 90_000, payload: new Uint8Array(60) }).take());

  const { subtitle_streams: subtitles, data_streams: data, scte35_streams: cues } = analyse(file);
  const theirs = await probe(file);

  assert.deepEqual(
    [...subtitles, ...data, ...cues].map((stream) => [NAMES[stream.codec], "languages" in stream ? stream.languages?.[0] : undefined]),
    theirs.map(({ codec_name: name, tags }) => [name, tags?.language]),
  );
});

test("seed 7: 100 000 mutated packets of every codec do not throw, stay within bounds and are forgotten", () => {
  const random = seeded(7);
  const analysed = new Analysed();
  const streams = files.map((file) => new Uint8Array(readFileSync(file)));
  let packets = 0;
  let known = 0;

  while (packets < 100_000) {
    const stream = streams[integer(random, streams.length)] ?? new Uint8Array(0);
    const from = chance(random, 0.2) ? 0 : integer(random, stream.length / 188) * 188;
    const bytes = stream.slice(from, from + 188 * (50 + integer(random, 400)));
    packets += bytes.length / 188;
    mutate(bytes, random);
    analysed.feed(bytes, 20);
    if (chance(random, 0.1)) {
      analysed.analyser.lost();
    }
    const found = analysed.snapshot(200_000);
    known +=
      found.video_streams.filter(({ gop }) => gop !== undefined).length +
      found.audio_streams.filter(({ channels }) => channels !== undefined).length;
    assert.ok(JSON.stringify(found).length < 200_000);
    assert.ok(found.video_streams.every(({ resolution = "1x1" }) => /^[1-9]\d{0,4}x[1-9]\d{0,4}$/.test(resolution)));
    assert.ok(found.audio_streams.every(({ sample_rate_hz: rate = 1, channels = 1 }) => rate > 0 && channels > 0));
  }

  assert.ok(known > 100, `only ${known} streams were read: the mutations are too coarse to say anything`);
  for (const file of files) {
    const rested = analysed.feed(new Uint8Array(readFileSync(file)), 1_000).snapshot();
    assert.deepEqual(lasting(rested), lasting(analyse(file)), "nothing of the rubbish is left");
  }
});

/** What does not depend on what came before. */
const lasting = ({ video_streams: videos, audio_streams: sounds, programs }: MediaAnalysis): object => ({
  programs: programs.map((program) => ({ ...program, total_bitrate_bps: 0 })),
  videos: videos.map(({ pid, codec, resolution, profile, level, chroma, scan, frame_rate: rate, gop }) => ({
    ...{ pid, codec, resolution, profile, level, chroma, scan, rate },
    gop: [gop?.length, gop?.structure],
  })),
  sounds: sounds.map((sound) => ({ ...sound, bitrate_bps: 0 })),
});

const mutate = (bytes: Uint8Array, random: () => number): void => {
  for (let at = 0; at < bytes.length; at += 188) {
    const flips = chance(random, 0.5) ? 0 : 1 + integer(random, 4);
    for (let i = 0; i < flips; i++) {
      // The PID stays mostly, or nothing would be read of the packet.
      const place = at + (chance(random, 0.1) ? integer(random, 188) : 3 + integer(random, 185));
      bytes[place] = chance(random, 0.5) ? integer(random, 256) : (bytes[place] ?? 0) ^ (1 << integer(random, 8));
    }
  }
};

const compareSounds = async (
  name: string,
  encoders: [codec: string[], channels: number, rate: number][],
  options: string[],
): Promise<void> => {
  const file = join(folder, `${name}.ts`);
  const languages = ["eng", "deu", "fra", "spa", "ita", "por", "fin", "dan"];
  const outputs = encoders.flatMap(([[codec = "", ...rest], channels, rate], i) => [
    ...[
      "-map",
      "0:a",
      `-c:a:${i}`,
      codec,
      `-ac:a:${i}`,
      String(channels),
      `-ar:a:${i}`,
      String(rate),
      `-metadata:s:a:${i}`,
      `language=${languages[i]}`,
    ],
    ...rest.map((option) => (option.startsWith("-") && !/^-\d/.test(option) ? `${option.replace(/:a$/, "")}:a:${i}` : option)),
  ]);
  const tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", "1"];
  await run("ffmpeg", ["-v", "error", "-y", ...tone, ...outputs, ...options, "-f", "mpegts", file]);
  files.push(file);

  const ours = analyse(file).audio_streams;
  const theirs = await probe(file);

  assert.equal(ours.length, encoders.length);
  assert.equal(theirs.length, encoders.length);
  for (const [i, stream] of ours.entries()) {
    assert.deepEqual(spelledAudio(stream), pick(theirs[i] ?? {}, spelledAudio(stream)), stream.codec);
    assert.equal(stream.language, theirs[i]?.tags?.language);
  }
};

const analyse = (file: string): MediaAnalysis => new Analysed().feed(new Uint8Array(readFileSync(file))).snapshot();

const probe = async (file: string): Promise<Probed[]> => {
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_streams", "-of", "json", file], { maxBuffer: 2 ** 24 });
  return (JSON.parse(stdout) as { streams: Probed[] }).streams;
};

const PIXELS: Readonly<Record<string, string>> = { "4:2:0": "yuv420p", "4:2:2": "yuv422p", "4:4:4": "yuv444p" };

/** As ffprobe spells it: "tt", "bb" or "progressive". */
const fieldOrder = ({ scan, field_order: order }: VideoForm): string =>
  scan === "progressive" ? "progressive" : order === "bottom" ? "bb" : "tt";

const spelledVideo = (ours: VideoForm, theirs: Probed): Record<string, unknown> => {
  const [width, height] = (ours.resolution ?? "").split("x").map(Number);
  const { colour } = ours;
  const level = Math.round(Number(ours.level) * (ours.codec === "H.265/HEVC" ? 30 : 10));
  return {
    codec_name: NAMES[ours.codec],
    width,
    height,
    id: `0x${ours.pid.toString(16)}`,
    pix_fmt: `${PIXELS[ours.chroma ?? ""]}${ours.bit_depth === 8 ? "" : `${ours.bit_depth}le`}`,
    ...(ours.profile === undefined ? {} : { profile: ours.profile }),
    // ffprobe has MPEG-2's as its number.
    ...(Number.isNaN(level) ? {} : { level }),
    ...(colour?.primaries === undefined
      ? {}
      : { color_primaries: colour.primaries, color_transfer: colour.transfer, color_space: colour.matrix }),
    ...(ours.sample_aspect_ratio === undefined ? {} : { sample_aspect_ratio: ours.sample_aspect_ratio }),
    ...(theirs["field_order"] === undefined ? {} : { field_order: fieldOrder(ours) }),
  };
};

const spelledAudio = (ours: AudioForm): Record<string, unknown> => {
  const isAac = ours.encapsulation !== undefined;
  return {
    codec_name: isAac ? (ours.encapsulation === "LATM" ? "aac_latm" : "aac") : NAMES[ours.codec],
    sample_rate: String(ours.sample_rate_hz),
    channels: ours.channels,
    id: `0x${ours.pid.toString(16)}`,
    ...(ours.layout === undefined ? {} : { channel_layout: ours.layout }),
    ...(isAac ? { profile: ours.profile } : {}),
    ...(ours.bits_per_sample === undefined ? {} : { bits_per_raw_sample: String(ours.bits_per_sample) }),
    ...(ours.declared_bitrate_bps === undefined ? {} : { bit_rate: String(ours.declared_bitrate_bps) }),
  };
};

const pick = (theirs: Probed, keys: object): object => Object.fromEntries(Object.keys(keys).map((key) => [key, theirs[key]]));
