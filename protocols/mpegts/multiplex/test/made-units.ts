import { fillRandom, integer, seeded, type Random } from "@bilbycast/testkit/random";
import type { AccessUnit } from "../stream-feed.ts";

/** An access unit, and when its encoder has it ready, in ticks. */
export type ReadyUnit = AccessUnit & { ready: number };

export type VideoForm = {
  fps: number;
  /** Bits per second. */
  bitrate: number;
  /** Seconds that the encoder's buffer holds at this rate. */
  buffer: number;
  /** Seconds from an access unit's being ready to its DTS. */
  delay: number;
  gop?: number;
};

/** Sizes by chance that keep to the encoder's buffer: filled by each picture, emptied at the bit rate, and never over its bounds. */
export const videoUnits = function* (
  { fps, bitrate, buffer, delay, gop = 25 }: VideoForm,
  start: number,
  seed: number,
): Generator<ReadyUnit> {
  const random = seeded(seed);
  const room = (buffer * bitrate) / 8;
  let held = 0;
  for (let i = 0; ; i++) {
    held = Math.max(0, held - bitrate / 8 / fps);
    const randomAccess = i % gop === 0;
    const share = randomAccess ? 0.5 + random() / 2 : random() ** 2;
    const size = Math.max(20, Math.floor((room - held) * share));
    held += size;
    const ready = start + Math.round((i * 27_000_000) / fps);
    const dts = Math.round(ready / 300 + delay * 90_000);
    const pts = dts + Math.round(((i % 3) * 90_000) / fps);
    yield { bytes: payload(random, size), dts, pts, randomAccess, ready };
  }
};

/** Frames of sound at a constant rate, each ready `delay` seconds before its PTS. */
export const soundUnits = function* (bitrate: number, samples: number, delay: number, start: number, seed: number): Generator<ReadyUnit> {
  const random = seeded(seed);
  for (let i = 0; ; i++) {
    const ready = start + Math.round((i * samples * 27_000_000) / 48_000);
    const pts = Math.round(ready / 300 + delay * 90_000);
    const size = Math.round((bitrate * samples) / 48_000 / 8) + integer(random, 40) - 20;
    yield { bytes: payload(random, size), dts: pts, pts, randomAccess: true, ready };
  }
};

const payload = (random: Random, size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  fillRandom(random, bytes.subarray(0, 32));
  return bytes.fill(integer(random, 256), 32);
};
