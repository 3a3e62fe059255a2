import { finish, hashesIn } from "./ffmpeg.ts";
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
};

const ENCODERS = {
  h264: ["libx264", "-preset", "veryfast", "-bf", "2", "-x264-params", "scenecut=0"],
  hevc: ["libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:scenecut=0:bframes=2"],
  mpeg2: ["mpeg2video", "-bf", "2"],
} as const;

/** Resolves when the file is written. */
export const ffmpegFilm = async (file: string, film: Film): Promise<void> => {
  const { seconds, video, audio, size = "320x180", clock = 0, gop = 25 } = film;
  const tone = audio === "none" ? [] : ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  const making = peer("ffmpeg", [
    ...[...QUIET, "-y", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=25`, ...tone, "-t", String(seconds)],
    ...["-c:v", ...ENCODERS[video], "-g", String(gop), "-pix_fmt", "yuv420p", "-b:v", "1M"],
    ...(audio === "none" ? [] : ["-c:a", audio, "-b:a", "128k", "-ac", "2"]),
    ...["-output_ts_offset", String(clock), "-f", "mpegts", "-muxrate", "3000000", "-pcr_period", "30", file],
  ]);
  await finish(making, `make ${file}`);
};

/** ffmpeg as an RTMP server for one publisher; writes the streams as they come to a file. `name`: application and stream. */
export const ffmpegRtmpServer = (port: number, name: string, file: string): Peer =>
  peer("ffmpeg", [...QUIET, "-y", "-listen", "1", "-i", `rtmp://127.0.0.1:${port}/${name}`, "-map", "0", "-c", "copy", "-flush_packets", "1", file]);

/** The MD5 of each packet of a file's first audio stream, as raw frames without headers. Rejects when ffmpeg complains of the file. */
export const soundHashes = async (file: string): Promise<string[]> => {
  const raw = file.endsWith(".ts") ? ["-bsf:a", "aac_adtstoasc"] : [];
  const reading = peer("ffmpeg", [...QUIET, "-i", file, "-map", "0:a:0", "-c", "copy", ...raw, "-f", "framemd5", "-"]);
  return hashesIn(await finish(reading, `read ${file}`));
};
