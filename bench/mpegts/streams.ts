import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { PACKET_SIZE } from "@bilbycast/protocols/mpegts";
import { Multiplex } from "@bilbycast/testkit/streams";

const FOLDER = new URL("../../.cache/bench/", import.meta.url).pathname;

/** Files of transport packets that are measured with. They are made once. */
export type Streams = {
  /** H.264 1080p50 and AAC, 20 Mbit/s. */
  contribution: string;
  /** A broadcaster's multiplex: five programs with service information and stuffing, 40 Mbit/s. */
  multiplex: string;
  /** Three programs of pictures and sound, 63 Mbit/s at a constant rate. */
  programs: string;
};

/** Makes what is not there: `seconds` of each. */
export const makeStreams = (seconds: number): Streams => {
  mkdirSync(FOLDER, { recursive: true });
  const contribution = made(`contribution-${seconds}s.ts`, (file) => encode(file, seconds));
  return {
    contribution,
    multiplex: made(`multiplex-${seconds}s.ts`, (file) => multiplex(file, seconds)),
    programs: made(`programs-${seconds}s.ts`, (file) => join(file, contribution)),
  };
};

/** A file under this name, whole or not there at all. */
const made = (name: string, make: (file: string) => void): string => {
  const file = `${FOLDER}${name}`;
  if (!existsSync(file)) {
    const part = file.replace(/\.ts$/, `-${process.pid}.part`);
    make(part);
    renameSync(part, file);
  }
  return file;
};

const FFMPEG = "ffmpeg";

const ffmpeg = (...args: string[]): void => {
  execFileSync(FFMPEG, ["-v", "error", "-y", ...args], { stdio: ["ignore", "ignore", "inherit"] });
};

const encode = (file: string, seconds: number): void => {
  const picture = ["-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=50,noise=alls=20:allf=t"];
  const sound = ["-f", "lavfi", "-i", "sine=sample_rate=48000"];
  const video = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "19.5M", "-minrate", "19.5M", "-maxrate", "19.5M", "-bufsize", "4M"];
  const shape = ["-g", "50", "-bf", "2", "-x264-params", "nal-hrd=cbr:slices=4", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k"];
  ffmpeg(...picture, ...sound, "-t", String(seconds), ...video, ...shape, "-f", "mpegts", file);
};

const join = (file: string, source: string): void => {
  const inputs = [1, 2, 3].flatMap(() => ["-i", source]);
  const maps = [0, 1, 2].flatMap((input) => ["-map", String(input)]);
  const programs = [1, 2, 3].flatMap((program) => ["-program", `program_num=${program}:st=${2 * program - 2}:st=${2 * program - 1}`]);
  ffmpeg(...inputs, ...maps, "-c", "copy", ...programs, "-muxrate", "63M", "-f", "mpegts", file);
};

const multiplex = (file: string, seconds: number): void => {
  const rate = 40_000_000;
  const stream = new Multiplex({ rate, programs: 5 });
  const packets = Math.floor((rate * seconds) / PACKET_SIZE / 8);
  const bytes = new Uint8Array(packets * PACKET_SIZE);
  for (let i = 0; i < packets; i++) {
    bytes.set(stream.next()[0] ?? new Uint8Array(0), i * PACKET_SIZE);
  }
  writeFileSync(file, bytes);
};
