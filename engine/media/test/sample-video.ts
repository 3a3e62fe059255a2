import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peer } from "@bilbycast/testkit/peers";
import type { VideoCodec } from "../jobs.ts";

/** Encoders that do one after the other what is asked, with a picture that needs no other each `gop` frames. */
const ENCODERS: Readonly<Record<VideoCodec, (gop: number) => string[]>> = {
  h264: (gop) => ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", String(gop), "-f", "h264"],
  hevc: (gop) => ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", `keyint=${gop}:log-level=none:bframes=0`, "-f", "hevc"],
  mpeg2: (gop) => ["-c:v", "mpeg2video", "-b:v", "2M", "-g", String(gop), "-f", "mpeg2video"],
};

/** An elementary stream of a picture as ffmpeg's lavfi makes it. `space`: the matrix that it says it has. */
export const sampleVideo = async (
  codec: VideoCodec,
  picture: string,
  frames: number,
  gop: number,
  space = "unknown",
): Promise<Uint8Array> => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-video-"));
  try {
    const file = join(folder, "video");
    const args = [
      "-f",
      "lavfi",
      "-i",
      picture,
      "-frames:v",
      String(frames),
      "-pix_fmt",
      "yuv420p",
      "-colorspace",
      space,
      ...ENCODERS[codec](gop),
      file,
    ];
    const making = peer("ffmpeg", ["-hide_banner", "-nostats", "-loglevel", "error", "-y", ...args]);
    if ((await making.exited) !== 0) {
      throw new Error(`ffmpeg could not make a video:\n${making.output()}`);
    }
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Cut before every key frame; each piece can be decoded alone. */
export const keyUnits = (codec: VideoCodec, stream: Uint8Array): Uint8Array[] => {
  const starts: number[] = [];
  for (let at = 0; at + 4 < stream.length; at++) {
    if (stream[at] === 0 && stream[at + 1] === 0 && stream[at + 2] === 1 && isFirstOf(codec, stream[at + 3] ?? 0)) {
      starts.push(at > 0 && stream[at - 1] === 0 ? at - 1 : at);
    }
  }
  return starts.map((from, i) => stream.subarray(from, starts[i + 1]));
};

/** A sequence's first parameter set or header. */
const isFirstOf = (codec: VideoCodec, code: number): boolean =>
  codec === "h264" ? (code & 0x1f) === 7 : codec === "hevc" ? ((code >> 1) & 0x3f) === 32 : code === 0xb3;
