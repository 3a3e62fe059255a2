import { peer } from "./peer.ts";

/** A program as ffmpeg or ffprobe describe it. */
export type ProbedProgram = { program_num: number; pmt_pid: number; pcr_pid: number; pids: number[] };

/** PIDs of `ffmpegMultiplex` by program_number: the map, then its picture with the PCR, then its tone. */
export const MULTIPLEX_PIDS: ReadonlyMap<number, readonly [number, number, number]> = new Map([
  [1, [4_096, 256, 257]],
  [2, [4_097, 258, 259]],
]);

/** Makes an MPEG-TS file of two programs, a picture and a tone each, at 4 Mbit/s with null packets. */
export const ffmpegMultiplex = (file: string, seconds: number): Promise<void> =>
  make(file, seconds, ["-c:v", "mpeg2video", "-b:v", "1M", "-c:a", "mp2"]);

/** The same in H.264 with B-frames and AAC. */
export const ffmpegTwoFilms = (file: string, seconds: number): Promise<void> =>
  make(file, seconds, [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-g",
    "25",
    "-bf",
    "2",
    "-pix_fmt",
    "yuv420p",
    "-b:v",
    "1M",
    "-c:a",
    "aac",
  ]);

const make = async (file: string, seconds: number, codecs: readonly string[]): Promise<void> => {
  const sources = ["testsrc2=size=320x180:rate=25", "sine=frequency=440", "testsrc=size=160x120:rate=25", "sine=frequency=880"];
  const programs = ["-program", "title=One:program_num=1:st=0:st=1", "-program", "title=Two:program_num=2:st=2:st=3"];
  const making = peer("ffmpeg", [
    ...["-hide_banner", "-nostats", "-loglevel", "error", "-y"],
    ...sources.flatMap((source) => ["-f", "lavfi", "-i", source]),
    ...sources.flatMap((_, i) => ["-map", String(i)]),
    ...[...codecs, ...programs],
    ...["-t", String(seconds), "-f", "mpegts", "-muxrate", "4000000", file],
  ]);
  if ((await making.exited) !== 0) {
    throw new Error(`ffmpeg could not make a multiplex:\n${making.output()}`);
  }
};

/** The programs of a TS file as ffprobe sees them. Rejects when it complains of the file. */
export const probedPrograms = async (file: string): Promise<ProbedProgram[]> => {
  const probing = peer("ffprobe", ["-v", "error", "-show_programs", "-of", "json", file]);
  const code = await probing.exited;
  if (code !== 0 || !probing.output().startsWith("{")) {
    throw new Error(`ffprobe complains of ${file}:\n${probing.output()}`);
  }
  type Raw = Omit<ProbedProgram, "pids"> & { streams: { id: string }[] };
  const { programs } = JSON.parse(probing.output()) as { programs: Raw[] };
  return programs.map(({ program_num, pmt_pid, pcr_pid, streams }) => ({
    program_num,
    pmt_pid,
    pcr_pid,
    pids: streams.map(({ id }) => Number(id)),
  }));
};
