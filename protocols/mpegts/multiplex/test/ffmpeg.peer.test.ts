import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { peer } from "@bilbycast/testkit/peers";
import {
  hasPcr,
  Multiplexer,
  multiplexRate,
  PACKET_SIZE,
  payloadUnitStart,
  PesAssembler,
  pesPayloadOffset,
  pid as pidOf,
  readAdaptationField,
  readPcr,
  readPesHeader,
  writeLanguages,
  type MultiplexStream,
  type StreamRate,
} from "../../index.ts";
import { playFile } from "../../test/paced.ts";
import type { ReadyUnit } from "./made-units.ts";
import { SERVICE, SOUND, VIDEO } from "./rig.ts";

const folder = mkdtempSync(join(tmpdir(), "bilbycast-multiplex-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const SECONDS = 8;
const QUIET = ["-hide_banner", "-loglevel", "error"];
const THEIR_VIDEO = 256;
const SECOND = 27_000_000;

const run = async (program: string, args: string[]): Promise<string> => {
  const started = peer(program, [...QUIET, ...args]);
  assert.equal(await started.exited, 0, started.output());
  return started.output();
};

type Form = {
  title: string;
  codecs: string[];
  streams: MultiplexStream[];
  rates: StreamRate[];
  /** Seconds of video that the encoder's buffer holds. */
  buffer: number;
};

const video = (streamType: number): MultiplexStream => ({ pid: VIDEO, streamType, streamId: 0xe0 });
const sound = (streamType: number): MultiplexStream => ({
  pid: SOUND,
  streamType,
  streamId: 0xc0,
  descriptors: [writeLanguages([{ language: "deu", audioType: 0 }])],
});
const BOUNDS = ["-b:v", "600k", "-maxrate", "600k", "-bufsize", "300k", "-g", "50"];
const VIDEO_RATE = { bitrate: 600_000, accessUnitsPerSecond: 25 };
const AAC_RATE = { bitrate: 140_000, accessUnitsPerSecond: 47 };

const FORMS: Form[] = [
  {
    title: "H.264 with B pictures and AAC",
    codecs: ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", ...BOUNDS, "-c:a", "aac", "-b:a", "128k"],
    streams: [video(0x1b), sound(0x0f)],
    rates: [VIDEO_RATE, AAC_RATE],
    buffer: 0.5,
  },
  {
    title: "HEVC and AAC",
    codecs: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", ...BOUNDS, "-c:a", "aac", "-b:a", "128k"],
    streams: [video(0x24), sound(0x0f)],
    rates: [VIDEO_RATE, AAC_RATE],
    buffer: 0.5,
  },
  {
    title: "MPEG-2 video and MP2",
    codecs: ["-c:v", "mpeg2video", "-bf", "2", ...BOUNDS, "-c:a", "mp2", "-b:a", "192k"],
    streams: [video(0x02), sound(0x03)],
    rates: [VIDEO_RATE, { bitrate: 192_000, accessUnitsPerSecond: 42 }],
    buffer: 0.5,
  },
  { title: "AAC alone", codecs: ["-vn", "-c:a", "aac", "-b:a", "128k"], streams: [sound(0x0f)], rates: [AAC_RATE], buffer: 0 },
];

/** Access units with their stamps, as ffmpeg gives them to its own multiplexer, one in each PES packet. */
const unitsOf = (file: Uint8Array, pid: number, buffer: number): ReadyUnit[] => {
  const units: ReadyUnit[] = [];
  let [randomAccess, next] = [false, false];
  const assembler = new PesAssembler((packet) => {
    const header = readPesHeader(packet, 0, packet.length);
    const pts = header?.optional?.pts ?? -1;
    const dts = header?.optional?.dts ?? pts;
    const bytes = packet.slice(pesPayloadOffset(packet, 0, packet.length) ?? 0);
    units.push({ bytes, pts, dts, randomAccess, ready: dts * 300 - Math.round((buffer + 0.15) * SECOND) });
  }, 10_000_000);
  for (let at = 0; at + PACKET_SIZE <= file.length; at += PACKET_SIZE) {
    if (pidOf(file, at) === pid) {
      next = payloadUnitStart(file, at) && (readAdaptationField(file, at)?.randomAccessIndicator ?? false);
      if (payloadUnitStart(file, at)) {
        assembler.flush();
        randomAccess = next;
      }
      assembler.push(file, at);
    }
  }
  assembler.flush();
  return units;
};

type Packets = { codec_type: string; pts: number; dts: number; size: string; data_hash: string; flags: string }[];
type Probe = {
  packets: Packets;
  programs: { program_id: number; tags: Record<string, string> }[];

  streams: object[];
};

const probe = async (file: string): Promise<Probe> => {
  const entries =
    "packet=codec_type,pts,dts,size,data_hash,flags:program=program_id:program_tags:stream=codec_name,id:stream_tags=language";
  const args = ["-show_data_hash", "md5", "-show_programs", "-show_packets", "-show_streams", "-show_entries", entries];
  const output = join(folder, "probe.json");
  await run("ffprobe", [...args, "-of", "json=c=1", "-o", output, file]);
  return JSON.parse(readFileSync(output, "utf8")) as Probe;
};

const mediaOf = ({ packets }: Probe, kind: string): string[] =>
  packets
    .filter((each) => each.codec_type === kind)
    .map(({ pts, dts, size, data_hash, flags }) => [pts, dts, size, data_hash, flags].join(" "));

for (const { title, codecs, streams, rates, buffer } of FORMS) {
  test(`ffmpeg reads ${title} as it made them, at a constant rate and without a complaint`, async () => {
    const [theirs, ours] = [join(folder, "theirs.ts"), join(folder, "ours.ts")];
    rmSync(ours, { force: true });
    const sources = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
    await run("ffmpeg", ["-y", ...sources, ...codecs, "-ac", "2", "-t", String(SECONDS), "-pes_payload_size", "0", "-f", "mpegts", theirs]);
    const file = Uint8Array.from(readFileSync(theirs));
    const units = streams.map((_, i) => unitsOf(file, THEIR_VIDEO + i, buffer));
    const clock = Math.min(...units.map(([first]) => first?.ready ?? Infinity));
    const rate = multiplexRate(rates);

    const multiplexer = new Multiplexer({ rate, service: { ...SERVICE, name: "Prüfbild 1" }, streams, clock });
    const next = units.map(() => 0);
    while (multiplexer.clock < clock + (SECONDS + 1) * SECOND) {
      for (const [i, list] of units.entries()) {
        for (let unit = list[next[i] ?? 0]; unit !== undefined && unit.ready <= multiplexer.clock; unit = list[next[i] ?? 0]) {
          assert.equal(multiplexer.push(i, unit), true);
          next[i] = (next[i] ?? 0) + 1;
        }
      }
      appendFileSync(ours, multiplexer.peek());
      multiplexer.advance();
    }

    streams.forEach((_, i) => assert.deepEqual([multiplexer.counts(i).late, multiplexer.counts(i).dropped], [0, 0]));
    const [made, found] = [await probe(theirs), await probe(ours)];
    assert.deepEqual(found.programs[0]?.tags, { service_name: "Prüfbild 1", service_provider: "bilbycast" });
    assert.ok(mediaOf(found, "audio").length > 41 * SECONDS);
    for (const kind of ["video", "audio"]) {
      assert.deepEqual(mediaOf(found, kind), mediaOf(made, kind));
    }
    assert.equal(await run("ffmpeg", ["-loglevel", "warning", "-i", ours, "-map", "0", "-f", "null", "-"]), "");
    await looksRight(readFileSync(ours), rate);
  });
}

/** Every PCR against the first, by the bytes between them; and nothing for TR 101 290 to report. */
const looksRight = async (file: Uint8Array, rate: number): Promise<void> => {
  const pcrs: { at: number; pcr: number }[] = [];
  for (let at = 0; at + PACKET_SIZE <= file.length; at += PACKET_SIZE) {
    if (hasPcr(file, at)) {
      pcrs.push({ at, pcr: readPcr(file, at) });
    }
  }
  const [first = { at: 0, pcr: 0 }] = pcrs;
  assert.ok(pcrs.every(({ at, pcr }) => Math.abs(pcr - first.pcr - ((at - first.at) * 8 * SECOND) / rate) <= 1));
  // Behind the end of the material there is nothing but clock and tables.
  const end = Math.floor(((SECONDS - 1) * rate) / 8 / PACKET_SIZE) * PACKET_SIZE;
  const { errors, analyser } = playFile(file.subarray(0, end));
  assert.deepEqual(errors, {});
  const [measured] = analyser.snapshot().clocks;
  assert.ok(Math.abs((measured?.rate ?? 0) - rate) < 2, `${measured?.rate}`);
};
