import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { MediaAnalyser } from "@bilbycast/engine/analysis";
import { instant } from "@bilbycast/foundation/time";
import { PACKET_SIZE, payloadUnitStart, pid as pidOf, PsiCatalogue } from "@bilbycast/protocols/mpegts";
import type { BenchOptions } from "../main.ts";
import { median, type Report } from "../report.ts";

// npm run bench -- media-analysis: what it costs to say what a stream is, in CPU of one thread for each transport packet.

const runProgram = promisify(execFile);

const VIDEO = 0x100;
/** Microseconds between packets at 20 Mbit/s. */
const STEP = 75.2;
const BITS = PACKET_SIZE * 8;

/** The same packets again and again warm up before they count. */
const WARM_ROUNDS = 5;

type Way = "catalogue" | "off" | "on";

export const run = async (options: BenchOptions): Promise<Report> => {
  const rounds = options.quick ? 1 : (options.rounds ?? 15);
  const stream = await makeStream(options.quick ? 2 : (options.seconds ?? 10));
  const paired = withTwoPictures(stream);
  const figures = {
    catalogueNs: rounded(nanoseconds(stream, "catalogue", rounds)),
    offNs: rounded(nanoseconds(stream, "off", rounds)),
    onNs: rounded(nanoseconds(stream, "on", rounds)),
    wholeScanNs: rounded(nanoseconds(paired, "on", rounds)),
  };
  const load = (ns: number): string => `${rounded(BITS / ns)} Gbit/s`;
  return {
    tables: [
      {
        title: "Media analysis of H.264 1080p50 and AAC at 20 Mbit/s, for each transport packet",
        head: ["what", "CPU", "one core"],
        rows: [
          ["catalogue alone", `${figures.catalogueNs} ns`, load(figures.catalogueNs)],
          ["catalogue, and analysis switched off", `${figures.offNs} ns`, load(figures.offNs)],
          ["catalogue and analysis", `${figures.onNs} ns`, load(figures.onNs)],
          ["the same, two pictures in a PES packet", `${figures.wholeScanNs} ns`, load(figures.wholeScanNs)],
        ],
      },
    ],
    figures,
    notes: [`${stream.length / PACKET_SIZE} packets, median of ${rounds} rounds.`],
  };
};

const makeStream = async (seconds: number): Promise<Uint8Array> => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-bench-"));
  const file = join(folder, "stream.ts");
  const sources = [
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=1920x1080:rate=50,noise=alls=20:allf=t",
    "-f",
    "lavfi",
    "-i",
    "sine=sample_rate=48000",
  ];
  const video = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "19.5M", "-minrate", "19.5M", "-maxrate", "19.5M", "-bufsize", "4M"];
  const shape = ["-g", "50", "-bf", "2", "-x264-params", "nal-hrd=cbr:slices=4", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k"];
  await runProgram("ffmpeg", ["-v", "error", "-y", ...sources, "-t", String(seconds), ...video, ...shape, "-f", "mpegts", file]);
  const bytes = new Uint8Array(readFileSync(file));
  rmSync(folder, { recursive: true });
  return bytes;
};

/** Every other PES packet of the video is joined to the one before; its header is a unit that nobody knows. */
const withTwoPictures = (stream: Uint8Array): Uint8Array => {
  const bytes = stream.slice();
  let pictures = 0;
  for (let at = 0; at < bytes.length; at += PACKET_SIZE) {
    if (pidOf(bytes, at) === VIDEO && payloadUnitStart(bytes, at) && pictures++ % 2 === 1) {
      bytes[at + 1] = (bytes[at + 1] ?? 0) & ~0x40;
    }
  }
  return bytes;
};

const nanoseconds = (stream: Uint8Array, way: Way, rounds: number): number => {
  const catalogue = new PsiCatalogue();
  const analyser = new MediaAnalyser(catalogue, () => {});
  analyser.setEnabled(way === "on");
  const found: number[] = [];
  let packets = 0;
  let next = 1_000_000;
  for (let round = 0; round < WARM_ROUNDS + rounds; round++) {
    const before = process.cpuUsage();
    for (let at = 0; at < stream.length; at += PACKET_SIZE) {
      const now = instant(packets++ * STEP);
      catalogue.push(stream, at, now);
      if (way !== "catalogue") {
        analyser.push(stream, at, now);
      }
      if (now >= next) {
        next += 1_000_000;
        analyser.snapshot(now);
      }
    }
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_ROUNDS) {
      found.push(((user + system) * 1_000) / (stream.length / PACKET_SIZE));
    }
  }
  return median(found);
};

const rounded = (value: number): number => Math.round(value * 10) / 10;
