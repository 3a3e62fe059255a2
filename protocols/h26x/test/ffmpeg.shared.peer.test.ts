import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { GopMeter, H264Stream, HevcStream, Mpeg2VideoStream, type AccessUnit, type VideoFormat } from "../index.ts";

const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), "bilbycast-h26x-"));
after(() => rmSync(folder, { recursive: true, force: true }));

type Case = {
  name: string;
  /** Also names the muxer and the ending of the file. */
  codec: "h264" | "hevc" | "mpeg2video";
  size: string;
  rate: string;
  encoder: string[];
  /** What ffprobe calls otherwise, or does not tell. */
  ours: Partial<VideoFormat>;
  gop: { length: number; structure: string; closed: boolean };
};

const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1"];
const X265 = ["-c:v", "libx265", "-preset", "ultrafast"];
const TAGS = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"];

const cases: Case[] = [
  {
    name: "H.264 High, 1080i with cropping",
    codec: "h264",
    size: "1920x1080",
    rate: "25",
    encoder: [
      ...[...X264, "-pix_fmt", "yuv420p", "-profile:v", "high", "-level", "4.1", "-flags", "+ildct+ilme", "-g", "12", "-bf", "2"],
      ...["-x264-params", "b-adapt=0:scenecut=0:8x8dct=1:b-pyramid=0:nal-hrd=vbr:vbv-maxrate=20000:vbv-bufsize=20000:pic-struct=1:aud=1"],
      ...TAGS,
    ],
    ours: { profile: "High", level: "4.1", codedHeight: 1088, scan: "interlaced", frameRate: { numerator: 25, denominator: 1 } },
    gop: { length: 12, structure: "IBBP", closed: true },
  },
  {
    name: "H.264 Constrained Baseline with many slices",
    codec: "h264",
    size: "322x242",
    rate: "30000/1001",
    encoder: [...X264, "-pix_fmt", "yuv420p", "-profile:v", "baseline", "-g", "15", "-x264-params", "slices=4:scenecut=0"],
    ours: { profile: "Constrained Baseline", scan: "progressive", frameRate: { numerator: 30_000, denominator: 1001 } },
    gop: { length: 15, structure: "IP", closed: true },
  },
  {
    name: "H.264 High 4:2:2 of 10 bits with open GOPs and anamorphic samples",
    codec: "h264",
    size: "720x576",
    rate: "50",
    encoder: [
      ...[...X264, "-pix_fmt", "yuv422p10le", "-profile:v", "high422", "-g", "9", "-bf", "3", "-vf", "setsar=64/45"],
      ...["-x264-params", "b-adapt=0:scenecut=0:open-gop=1:b-pyramid=0"],
    ],
    ours: { profile: "High 4:2:2", chroma: "4:2:2", bitDepth: 10 },
    gop: { length: 9, structure: "IBBBP", closed: false },
  },
  {
    name: "HEVC Main 10 for HDR",
    codec: "hevc",
    size: "426x242",
    rate: "50",
    encoder: [
      ...[...X265, "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"],
      ...["-x265-params", "log-level=none:keyint=10:min-keyint=10:bframes=2:b-adapt=0:scenecut=0:open-gop=0:b-pyramid=0:repeat-headers=1"],
    ],
    ours: { profile: "Main 10", bitDepth: 10, frameRate: { numerator: 50, denominator: 1 } },
    gop: { length: 10, structure: "IBBP", closed: true },
  },
  {
    name: "HEVC 4:2:2 of 10 bits with open GOPs and slices",
    codec: "hevc",
    size: "640x360",
    rate: "24000/1001",
    encoder: [
      ...[...X265, "-pix_fmt", "yuv422p10le"],
      ...["-x265-params", "log-level=none:keyint=8:min-keyint=8:bframes=3:b-adapt=0:scenecut=0:open-gop=1:b-pyramid=0:slices=2:aud=1"],
    ],
    // ffprobe says "Rext" for all of them.
    ours: { profile: "Main 4:2:2 10", chroma: "4:2:2", frameRate: { numerator: 24_000, denominator: 1001 } },
    gop: { length: 8, structure: "IBBBP", closed: false },
  },
  {
    name: "MPEG-2 Main",
    codec: "mpeg2video",
    size: "720x576",
    rate: "25",
    encoder: [
      "-c:v",
      "mpeg2video",
      "-b:v",
      "4M",
      "-g",
      "12",
      "-bf",
      "2",
      "-flags",
      "+ildct+ilme",
      "-sc_threshold",
      "1000000000",
      "-vf",
      "setdar=16/9",
    ],
    ours: { profile: "Main", level: "Main", scan: "interlaced", frameRate: { numerator: 25, denominator: 1 } },
    gop: { length: 12, structure: "IBBP", closed: false },
  },
  {
    name: "MPEG-2 4:2:2",
    codec: "mpeg2video",
    size: "1920x1080",
    rate: "30000/1001",
    encoder: ["-c:v", "mpeg2video", "-b:v", "30M", "-pix_fmt", "yuv422p", "-g", "1", ...TAGS],
    ours: { profile: "4:2:2", chroma: "4:2:2", codedHeight: 1088, frameRate: { numerator: 30_000, denominator: 1001 } },
    gop: { length: 1, structure: "I", closed: true },
  },
];

const STREAMS = { h264: H264Stream, hevc: HevcStream, mpeg2video: Mpeg2VideoStream };

const FRAMES = 40;

for (const each of cases) {
  test(`${each.name}: every fact equals ffprobe's`, async () => {
    const file = await encode(each);
    const probed = await probe(file);
    const bytes = readFileSync(file);

    const units: AccessUnit[] = [];
    const stream = new STREAMS[each.codec]((unit) => units.push(unit));
    let at = 0;
    for (const [i, { size }] of probed.packets.entries()) {
      stream.stamp(i);
      stream.push(bytes, at, at + Number(size));
      at += Number(size);
    }
    stream.flush();

    assert.equal(at, bytes.length);
    assert.equal(stream.malformed, 0);
    compareFormat(stream.format, probed.streams[0] ?? {}, each);
    assert.deepEqual(
      units.map(({ dts }) => dts),
      probed.packets.map((_, i) => i),
      "access units begin where ffprobe's packets do",
    );
    assert.deepEqual(typesOf(units), countTypes(probed.frames.map(({ pict_type }) => pict_type)));
    const keys = probed.packets.flatMap(({ flags }, i) => (flags.startsWith("K") ? [i] : []));
    assert.deepEqual(
      units.flatMap(({ randomAccess, dts }) => (randomAccess ? [dts] : [])),
      keys,
    );
  });

  test(`${each.name}: GOP and rate come out of the access units, however the bytes are cut`, async () => {
    const bytes = readFileSync(await encode(each));
    const meter = new GopMeter();
    const [numerator = 0, denominator = 1] = each.rate.split("/").map(Number);
    let count = 0;
    const stream = new STREAMS[each.codec]((unit) => meter.add({ ...unit, dts: Math.round((count++ * 90_000 * denominator) / numerator) }));

    let piece = 1;
    for (let at = 0; at < bytes.length; at += piece) {
      piece = (piece * 7 + 1) % 187;
      stream.push(bytes, at, Math.min(bytes.length, at + piece));
    }
    stream.flush();

    assert.equal(count, FRAMES);
    const { length, structure, framesPerSecond = 0, closed } = meter.facts;
    assert.deepEqual({ length, structure, closed }, each.gop);
    assert.ok(Math.abs(framesPerSecond - numerator / denominator) < 0.001, `${framesPerSecond} frames/s`);
  });
}

test("HEVC fields are paired by their parity, and the GOP counts frames", async () => {
  const file = join(folder, "fields.hevc");
  const source = ["-f", "lavfi", "-i", "testsrc2=size=720x288:rate=50", "-frames:v", "60"];
  const fields = "log-level=none:interlace=tff:keyint=20:min-keyint=20:scenecut=0:open-gop=0:repeat-headers=1";
  await run("ffmpeg", ["-v", "error", "-y", ...source, ...X265, "-pix_fmt", "yuv420p", "-x265-params", fields, "-f", "hevc", file]);
  const bytes = readFileSync(file);
  const meter = new GopMeter();
  const units: AccessUnit[] = [];
  const stream = new HevcStream((unit) => {
    units.push(unit);
    meter.add(unit);
  });

  stream.push(bytes, 0, bytes.length);
  stream.flush();

  assert.equal(units.length, 60);
  assert.equal(units.filter(({ secondField }) => secondField).length, 30);
  assert.ok(units.every(({ secondField, fieldOrder }) => fieldOrder === (secondField ? undefined : "top")));
  assert.deepEqual([meter.facts.length, meter.facts.shortest, meter.facts.longest], [10, 10, 10]);
  assert.deepEqual([stream.format?.scan, stream.format?.frameRate], ["interlaced", { numerator: 25, denominator: 1 }]);
});

const encode = async ({ codec, name, size, rate, encoder }: Case): Promise<string> => {
  const file = join(folder, `${name.replaceAll(/\W/g, "-")}.${codec}`);
  const source = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}`, "-frames:v", String(FRAMES)];
  await run("ffmpeg", ["-v", "error", "-y", ...source, ...encoder, "-f", codec, file]);
  return file;
};

type Probed = {
  streams: Record<string, string | number>[];
  packets: { size: string; flags: string }[];
  frames: { pict_type: string }[];
};

const probe = async (file: string): Promise<Probed> => {
  const show = async (...what: string[]): Promise<Probed> => {
    const { stdout } = await run("ffprobe", ["-v", "error", ...what, "-of", "json", file], { maxBuffer: 2 ** 26 });
    return JSON.parse(stdout) as Probed;
  };
  const { frames } = await show("-show_entries", "frame=pict_type");
  return { ...(await show("-show_streams", "-show_packets")), frames };
};

const countTypes = (types: readonly (string | undefined)[]): Record<string, number> => {
  const counts: Record<string, number> = { I: 0, P: 0, B: 0 };
  for (const type of types) {
    counts[type ?? "none"] = (counts[type ?? "none"] ?? 0) + 1;
  }
  return counts;
};

const typesOf = (units: readonly AccessUnit[]): Record<string, number> => countTypes(units.map(({ pictureType }) => pictureType));

const PIXELS = { "4:0:0": "gray", "4:2:0": "yuv420p", "4:2:2": "yuv422p", "4:4:4": "yuv444p" };

const compareFormat = (format: VideoFormat | undefined, theirs: Record<string, string | number>, { ours, codec }: Case): void => {
  assert.ok(format !== undefined, "there is a format");
  const { sampleAspectRatio: sample, colour } = format;
  const spelled = {
    codec_name: format.codec,
    width: format.width,
    height: format.height,
    pix_fmt: `${PIXELS[format.chroma]}${format.bitDepth === 8 ? "" : `${format.bitDepth}le`}`,
    sample_aspect_ratio: sample === undefined ? undefined : `${sample.numerator}:${sample.denominator}`,
    color_primaries: colour.primaries,
    color_transfer: colour.transfer,
    color_space: colour.matrix,
    ...(codec === "mpeg2video" ? {} : { level: levelNumber(codec, format.level) }),
    ...(codec === "mpeg2video" ? {} : { has_b_frames: format.maxReorderFrames }),
  };
  const wanted = Object.fromEntries(Object.keys(spelled).map((key) => [key, theirs[key]]));
  assert.deepEqual(spelled, wanted);
  if (theirs["profile"] !== "Rext") {
    assert.equal(format.profile, theirs["profile"]);
  }
  assert.equal(format.scan, (theirs["field_order"] ?? "progressive") === "progressive" ? "progressive" : "interlaced");
  for (const [key, value] of Object.entries(ours)) {
    assert.deepEqual(format[key as keyof VideoFormat], value, key);
  }
};

/** level_idc of H.264, general_level_idc of HEVC. */
const levelNumber = (codec: string, level: string | undefined): number => Math.round(Number(level) * (codec === "hevc" ? 30 : 10));
