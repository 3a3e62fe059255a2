import { finish } from "./ffmpeg.ts";
import { peer, type Peer } from "./peer.ts";

const QUIET = ["-hide_banner", "-nostats", "-loglevel", "error"];

/** A picture with B-frames and a tone, as MPEG-TS. */
export type Film = {
  seconds: number;
  video: "h264" | "hevc" | "mpeg2";
  audio: "aac" | "mp2" | "none";
  /** Width and height; 320 x 180 when absent. */
  size?: string;
  /** Seconds at which its clock begins. */
  clock?: number;
  /** Frames from one key frame to the next; 25 when absent. */
  gop?: number;
  /** Bits per second of the picture, which is then noise that really needs them, without B-frames; 1 Mbit/s at most when absent. */
  rate?: number;
};

const ENCODERS = {
  h264: ["libx264", "-preset", "veryfast", "-bf", "2", "-x264-params", "scenecut=0"],
  hevc: ["libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:scenecut=0:bframes=2"],
  mpeg2: ["mpeg2video", "-bf", "2"],
} as const;

/** Resolves when the file is written. */
export const ffmpegFilm = async (file: string, film: Film): Promise<void> => {
  const { seconds, video, audio, size = "320x180", clock = 0, gop = 25, rate } = film;
  const picture = `testsrc2=size=${size}:rate=25${rate === undefined ? "" : ",noise=alls=80:allf=t"}`;
  const bits = String(rate ?? 1_000_000);
  const tone = audio === "none" ? [] : ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  const making = peer("ffmpeg", [
    ...[...QUIET, "-y", "-f", "lavfi", "-i", picture, ...tone, "-t", String(seconds)],
    ...["-c:v", ...ENCODERS[video], "-g", String(gop), "-pix_fmt", "yuv420p", "-b:v", bits],
    ...(rate === undefined ? [] : ["-preset", "ultrafast", "-bf", "0", "-minrate", bits, "-maxrate", bits, "-bufsize", bits]),
    ...(audio === "none" ? [] : ["-c:a", audio, "-b:a", "128k", "-ac", "2"]),
    ...["-output_ts_offset", String(clock), "-f", "mpegts", "-muxrate", String(1_500_000 + 1.5 * Number(bits)), "-pcr_period", "30", file],
  ]);
  await finish(making, `make ${file}`);
};

/** ffmpeg as an RTMP server for one publisher; writes the streams as they come to a file. `name`: application and stream. */
export const ffmpegRtmpServer = (port: number, name: string, file: string): Peer =>
  peer("ffmpeg", [
    ...QUIET,
    "-y",
    "-listen",
    "1",
    "-i",
    `rtmp://127.0.0.1:${port}/${name}`,
    "-map",
    "0",
    "-c",
    "copy",
    "-flush_packets",
    "1",
    file,
  ]);

/** The MD5 of each packet of a file's first audio stream or of another, as raw frames without headers. Rejects when ffmpeg complains of the file. */
export const soundHashes = async (file: string, stream = "0:a:0"): Promise<string[]> => {
  const raw = file.endsWith(".ts") ? ["-bsf:a", "aac_adtstoasc"] : [];
  const reading = peer("ffmpeg", [...QUIET, "-i", file, "-map", stream, "-c", "copy", ...raw, "-f", "framemd5", "-"]);
  // Side data follow the hash.
  const lines = (await finish(reading, `read ${file}`)).split("\n").filter((line) => line.startsWith("0,"));
  return lines.map((line) => line.split(",")[5]?.trim() ?? "");
};
