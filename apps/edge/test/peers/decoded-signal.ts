import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { peer } from "@bilbycast/testkit/peers";

const QUIET = ["-hide_banner", "-nostats", "-loglevel", "error", "-y"];
const SAMPLE_RATE = 48_000;

const run = async (program: string, ...args: string[]): Promise<string> => {
  const running = peer(program, args);
  assert.equal(await running.exited, 0, running.output());
  return running.output();
};

/** Pictures of a file as ffmpeg decodes them, 4:2:0, planes one behind the other. */
export const decodedPictures = async (file: string, raw: string, width: number, height: number): Promise<Uint8Array[]> => {
  await run("ffmpeg", ...QUIET, "-i", file, "-map", "0:v", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo", raw);
  const bytes = readFileSync(raw);
  const size = (width * height * 3) / 2;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
};

/** First channel of a file's sound. */
export const decodedSound = async (file: string, raw: string): Promise<Float32Array> => {
  await run("ffmpeg", ...QUIET, "-i", file, "-map", "0:a", "-af", "pan=mono|c0=c0", "-f", "f32le", raw);
  const bytes = readFileSync(raw);
  return new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
};

/** When each picture, or each frame of sound, is to be seen or heard, in seconds; `stream`: `v:0` or `a:0`. */
export const shownAt = async (file: string, stream: string): Promise<number[]> => {
  const said = await run("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries", "frame=pts_time", "-of", "csv=p=0", file);
  return said
    .split("\n")
    .map((line) => Number.parseFloat(line))
    .filter((time) => !Number.isNaN(time));
};

/** Frequency by the phase that a tone gains over the samples, in Hz, and its peak in dBFS by its power. */
export const measureTone = (samples: Float32Array, nominalHz: number): { hz: number; dbfs: number } => {
  const window = SAMPLE_RATE / 5;
  const phases: number[] = [];
  let power = 0;
  for (let start = 0; start + window <= samples.length; start += window) {
    let [re, im] = [0, 0];
    for (let i = 0; i < window; i++) {
      const value = samples[start + i] ?? 0;
      const angle = (2 * Math.PI * nominalHz * (start + i)) / SAMPLE_RATE;
      re += value * Math.cos(angle);
      im -= value * Math.sin(angle);
      power += value * value;
    }
    phases.push(Math.atan2(im, re));
  }
  const steps = phases.slice(1).map((phase, i) => {
    const step = phase - (phases[i] ?? 0);
    return step - 2 * Math.PI * Math.round(step / (2 * Math.PI));
  });
  const drift = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  const rms = Math.sqrt(power / (phases.length * window));
  return { hz: nominalHz + (drift / (2 * Math.PI)) * (SAMPLE_RATE / window), dbfs: 20 * Math.log10(rms * Math.SQRT2) };
};
