import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { peer, type Peer } from "./peer.ts";

const QUIET = ["-hide_banner", "-nostats", "-loglevel", "warning"];

/** What ffmpeg sends: a file as it is, once or over and over, or a test picture of the given seconds (MPEG-2 video, 2 Mbit/s). */
export type FfmpegSource = { file: string; loop?: boolean } | { seconds: number };

/** Sends MPEG-TS in real time. `to` is `udp://host:port` or `rtp://host:port`; seven TS packets to a datagram. */
export const ffmpegSender = (source: FfmpegSource, to: string): Peer => {
  const rtp = to.startsWith("rtp:");
  const target = `${to}?pkt_size=${rtp ? RTP_SIZE : UDP_SIZE}`;
  return peer("ffmpeg", [...QUIET, ...sourceArguments(source), "-f", rtp ? "rtp_mpegts" : "mpegts", target]);
};

const UDP_SIZE = 1316;
/** The RTP header. */
const RTP_HEADER = 12;
const RTP_SIZE = UDP_SIZE + RTP_HEADER;

const sourceArguments = (source: FfmpegSource): string[] =>
  "file" in source
    ? ["-re", ...(source.loop === true ? ["-stream_loop", "-1"] : []), "-i", source.file, "-map", "0", "-c", "copy"]
    : ["-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-t", String(source.seconds), "-c:v", "mpeg2video", "-b:v", "2M"];

/** Makes an MPEG-TS file of a test picture and resolves when it is written. */
export const ffmpegFile = async (file: string, seconds: number): Promise<void> => {
  const [, ...source] = sourceArguments({ seconds });
  await finish(peer("ffmpeg", [...QUIET, "-y", ...source, "-f", "mpegts", file]), "make a file");
};

/**
 * Writes what arrives at `udp://127.0.0.1:port` to a file, byte for byte: nothing is parsed. It ends after `seconds`
 * without a datagram, or when stopped.
 */
export const ffmpegUdpReceiver = (port: number, file: string, seconds: number): Peer =>
  peer("ffmpeg", [
    ...QUIET,
    "-y",
    ...["-f", "data", "-i", `udp://127.0.0.1:${port}?fifo_size=100000&buffer_size=8000000&timeout=${seconds * 1_000_000}`],
    ...["-map", "0", "-c", "copy", "-flush_packets", "1", "-f", "data", file],
  ]);

/**
 * Writes what arrives at `rtp://127.0.0.1:port` (MPEG-TS, payload type 33) to an MPEG-TS file. ffmpeg puts packets in
 * order, parses the streams and multiplexes them again, so the elementary streams compare, not the bytes.
 */
export const ffmpegRtpReceiver = (port: number, file: string): Peer =>
  peer("ffmpeg", [...QUIET, "-y", "-i", `rtp://127.0.0.1:${port}`, "-map", "0", "-c", "copy", "-flush_packets", "1", "-f", "mpegts", file]);

/** The MD5 of each packet of a file's first video stream, in order: what survives multiplexing. Rejects for a file without video. */
export const videoHashes = async (file: string): Promise<string[]> => {
  const hashes = await finish(peer("ffmpeg", [...QUIET, "-i", file, "-map", "0:v:0", "-c", "copy", "-f", "framemd5", "-"]), `read ${file}`);
  return hashesIn(hashes);
};

/** Bits per second of `ffmpegConstantFile`, to the bit. */
export const CONSTANT_RATE = 4_000_000;

/** Makes an MPEG-TS file of a test picture with B-frames (MPEG-2 video, PID 256, which carries the PCR) and a tone, at a constant rate. */
export const ffmpegConstantFile = async (file: string, seconds: number): Promise<void> => {
  const picture = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  const codecs = [
    "-c:v",
    "mpeg2video",
    "-b:v",
    "3M",
    "-maxrate",
    "3M",
    "-bufsize",
    "1M",
    "-g",
    "12",
    "-bf",
    "2",
    "-c:a",
    "mp2",
    "-b:a",
    "192k",
  ];
  const form = ["-t", String(seconds), "-f", "mpegts", "-muxrate", String(CONSTANT_RATE), file];
  await finish(peer("ffmpeg", [...QUIET, "-y", ...picture, ...codecs, ...form]), "make a file");
};

/**
 * Sends a file in real time, multiplexed anew, and the very same bytes to `copy`: a file, or for RTP, where ffmpeg multiplexes otherwise
 * than into files, another RTP address. `size` is of the TS bytes in a datagram. Over RTP ffmpeg keeps what does not fill the last to itself.
 */
export const ffmpegTwinSender = (file: string, to: string, copy: string, size = UDP_SIZE): Peer => {
  const legs = [to, copy].map((target) => {
    if (!/^(udp|rtp):/.test(target)) {
      return `[f=mpegts]${target}`;
    }
    const rtp = target.startsWith("rtp:");
    const url = `${target}?pkt_size=${rtp ? size + RTP_HEADER : size}`.replaceAll(":", "\\:");
    return `[f=${rtp ? "rtp_mpegts" : "mpegts"}]${url}`;
  });
  return peer("ffmpeg", [...QUIET, "-re", "-i", file, "-map", "0", "-c", "copy", "-f", "tee", legs.join("|")]);
};

/**
 * Decodes the pictures that arrive at 127.0.0.1:port and writes the MD5 of each to `folder/file`; it complains of nothing but errors.
 * It ends after fifteen seconds without a datagram over UDP, and over RTP when it is stopped, the last pictures then missing.
 */
export const ffmpegDecoder = (port: number, folder: string, file: string, over: "udp" | "rtp"): Peer => {
  const pictures = ["-map", "0:v", "-fps_mode", "passthrough", "-flush_packets", "1", "-f", "framemd5", join(folder, file)];
  if (over === "udp") {
    const url = `udp://127.0.0.1:${port}?fifo_size=100000&buffer_size=4000000&timeout=15000000`;
    return peer("ffmpeg", [...ERRORS_ONLY, "-y", "-i", url, ...pictures]);
  }
  // Of an rtp:// address ffmpeg uses the first packet up to learn the payload type; a session description tells it.
  const description = join(folder, `${file}.sdp`);
  const lines = [
    "v=0",
    "o=- 0 0 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=video ${port} RTP/AVP 33`,
    "a=rtpmap:33 MP2T/90000",
  ];
  writeFileSync(description, `${lines.join("\n")}\n`);
  const input = ["-protocol_whitelist", "file,rtp,udp", "-buffer_size", "4000000", "-i", description];
  return peer("ffmpeg", [...ERRORS_ONLY, "-y", ...input, ...pictures]);
};

const ERRORS_ONLY = ["-hide_banner", "-nostats", "-loglevel", "error"];

/** What an `ffmpegDecoder` complained of, apart from the end of the stream. */
export const complaintsOf = (decoder: Peer): string =>
  decoder
    .output()
    .split("\n")
    .filter((line, i, lines) => line !== "" && !isEnd(line) && !(/Last message repeated/.test(line) && isEnd(lines[i - 1] ?? "")))
    .join("\n");

const isEnd = (line: string): boolean => /^udp:.*Input\/output error$/.test(line);

/** The MD5 of each decoded picture of a file, in order of showing; `stream` says of which. Rejects when ffmpeg complains of the file. */
export const pictureHashes = async (file: string, stream = "0:v"): Promise<string[]> => {
  const decoding = peer("ffmpeg", [...ERRORS_ONLY, "-i", file, "-map", stream, "-fps_mode", "passthrough", "-f", "framemd5", "-"]);
  return hashesIn(await finish(decoding, `decode ${file}`));
};

/** The hashes that an `ffmpegDecoder` has written so far. */
export const hashesIn = (framemd5: string): string[] =>
  framemd5
    .split("\n")
    .filter((line) => line.startsWith("0,"))
    .map((line) => line.split(",").at(-1)?.trim() ?? "");

/** The DTS of each packet of a file's stream, in order, in ticks of 90 kHz. Rejects when ffprobe complains of the file. */
export const dtsOf = async (file: string, stream: number): Promise<number[]> => {
  const show = ["-select_streams", String(stream), "-show_entries", "packet=dts", "-of", "csv=p=0"];
  const text = await finish(peer("ffprobe", ["-v", "error", ...show, file]), `read ${file}`);
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.some((line) => !/^\d+,?$/.test(line))) {
    throw new Error(`ffprobe complains of ${file}:\n${text.slice(0, 1_000)}`);
  }
  return lines.map((line) => Number.parseInt(line, 10));
};

export const finish = async (running: Peer, purpose: string): Promise<string> => {
  const code = await running.exited;
  if (code !== 0) {
    throw new Error(`ffmpeg could not ${purpose}:\n${running.output()}`);
  }
  return running.output();
};
