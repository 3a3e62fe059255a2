import { join } from "node:path";
import { peer, type Peer } from "./peer.ts";

/** An MPEG-TS file of constant rate to be sent as if it were live. */
export type LiveFile = {
  /** 0, 1 or 2: which picture and tone. Their clocks are hours apart. */
  source: number;
  seconds: number;
  /** Bits per second, 3 million at least. */
  rate: number;
  /** PIDs of picture and sound like those of no other source; else those that ffmpeg takes by itself. Program and map are always the same. */
  ownPids: boolean;
  codecs: "h264-aac" | "mpeg2-mp2";
};

const SIZE = "size=640x360:rate=25";
const PICTURES = [`testsrc2=${SIZE}`, `smptebars=${SIZE},hue=H=t`, `testsrc=${SIZE}`] as const;
const CLOCK_STARTS = [0, 3_600, 20_000] as const;
const FIRST_PID = 0x100;
/** Share of the rate that the picture may take. */
const PICTURE_SHARE = 0.6;

/** A picture that moves and a tone, with two key frames a second. Resolves when the file is written. */
export const ffmpegLiveFile = async (file: string, { source, seconds, rate, ownPids, codecs }: LiveFile): Promise<void> => {
  const picture = Math.floor(rate * PICTURE_SHARE);
  const video = codecs === "h264-aac" ? ["libx264", "-preset", "ultrafast", "-tune", "zerolatency"] : ["mpeg2video"];
  const own = ownPids ? source : 0;
  const args = [
    ...["-f", "lavfi", "-i", PICTURES[source] ?? PICTURES[0]],
    ...["-f", "lavfi", "-i", `sine=frequency=${440 + 220 * source}:sample_rate=48000`],
    ...["-t", String(seconds), "-c:v", ...video, "-g", "12", "-bf", "0", "-pix_fmt", "yuv420p"],
    ...["-b:v", String(picture), "-maxrate", String(picture), "-bufsize", String(Math.floor(picture / 4))],
    ...["-c:a", codecs === "h264-aac" ? "aac" : "mp2", "-b:a", "192k", "-output_ts_offset", String(CLOCK_STARTS[source] ?? 0)],
    ...["-f", "mpegts", "-muxrate", String(rate), "-pcr_period", "30"],
    ...["-mpegts_start_pid", String(FIRST_PID + own * 0x10), "-metadata", `service_name=Source ${source}`, file],
  ];
  const running = peer("ffmpeg", ["-hide_banner", "-nostats", "-loglevel", "warning", "-y", ...args]);
  if ((await running.exited) !== 0) {
    throw new Error(`ffmpeg could not make ${file}:\n${running.output()}`);
  }
};

/**
 * Decodes what arrives at 127.0.0.1:port, or stands in a file, as a player does that stays through changes: picture and sound, the MD5 of each
 * picture in `folder/pictures`, and how far it has come in `folder/progress`. It ends with a file, or when it reads `q` while something arrives.
 */
export const ffmpegPlayer = (from: { port: number } | { file: string }, folder: string): Peer => {
  const url = "file" in from ? from.file : `udp://127.0.0.1:${from.port}?fifo_size=200000&buffer_size=8000000`;
  const words = ["-hide_banner", "-nostats", "-loglevel", "error", "-y", "-progress", join(folder, "progress")];
  // The map of another input may name other PIDs: to whoever watches they are the same streams as before.
  const input = ["-merge_pmt_versions", "1", "-analyzeduration", "1000000", "-i", url];
  const pictures = ["-map", "0:v:0", "-fps_mode", "passthrough", "-flush_packets", "1", "-f", "framemd5", join(folder, "pictures")];
  return peer("ffmpeg", [...words, ...input, ...pictures, "-map", "0:a:0", "-f", "null", "-"], { input: true });
};

/** Frames that an `ffmpegPlayer` says it has put out. */
export const framesOf = (progress: string): number =>
  Number(
    progress
      .match(/^frame=\s*(\d+)$/gm)
      ?.at(-1)
      ?.replace(/\D/g, "") ?? 0,
  );
