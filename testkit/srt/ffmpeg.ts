import { peer, type Peer } from "@bilbycast/testkit/peers";

/** How ffmpeg's SRT is to behave; `port`: to call or to listen on, at 127.0.0.1. */
export type FfmpegSrtOptions = {
  port: number;
  mode: "caller" | "listener";
  latencyMs: number;
  secret?: { passphrase: string; keyLength: number };
};

const QUIET = ["-hide_banner", "-nostats", "-loglevel", "warning"];

/** ffmpeg takes latencies in microseconds. */
const urlOf = ({ port, mode, latencyMs, secret }: FfmpegSrtOptions): string => {
  const security = secret === undefined ? "" : `&passphrase=${secret.passphrase}&pbkeylen=${secret.keyLength}`;
  return `srt://127.0.0.1:${port}?mode=${mode}&latency=${latencyMs * 1_000}&pkt_size=1316&transtype=live${security}`;
};

/** Sends a file in real time over SRT, multiplexed anew, and writes the very same bytes to `copy`. */
export const ffmpegSrtSender = (file: string, copy: string, options: FfmpegSrtOptions): Peer => {
  const target = urlOf(options).replaceAll(":", "\\:");
  return peer("ffmpeg", [...QUIET, "-re", "-i", file, "-map", "0", "-c", "copy", "-f", "tee", `[f=mpegts]${target}|[f=mpegts]${copy}`]);
};

/** Writes what comes over SRT to a file, byte for byte: nothing is parsed. */
export const ffmpegSrtReceiver = (file: string, options: FfmpegSrtOptions): Peer =>
  peer("ffmpeg", [
    ...QUIET,
    "-y",
    "-f",
    "data",
    "-i",
    urlOf(options),
    "-map",
    "0",
    "-c",
    "copy",
    "-flush_packets",
    "1",
    "-f",
    "data",
    file,
  ]);
