/**
 * Pictures and sound of all sources stand on one grid that begins with the epoch: frame n is shown from n / fps seconds on, sample n
 * plays at n / 48000 seconds. A second begins with frames and samples whose number divides, so flash and burst meet to the sample.
 */
export const SAMPLE_RATE = 48_000;

/** How long the burst lasts at most, and the flash at least: 80 ms, in samples. */
export const BURST_SAMPLES = 0.08 * SAMPLE_RATE;

/** The frame that is shown at a time in milliseconds since the epoch. `fps`: 1 to 60, whole. */
export const frameAt = (timeMs: number, fps: number): number => Math.floor((timeMs * fps) / 1_000);

/** The first sample of a frame; not a whole number where 48000 is no multiple of `fps`. */
export const sampleOfFrame = (frame: number, fps: number): number => {
  const second = Math.floor(frame / fps);
  return second * SAMPLE_RATE + ((frame - second * fps) * SAMPLE_RATE) / fps;
};

/** Milliseconds since the epoch at which a frame begins, rounded. */
export const timeOfFrame = (frame: number, fps: number): number => Math.round((frame * 1_000) / fps);

/** The flash is seen in the frames that begin while the burst may sound. */
export const isFlashFrame = (frame: number, fps: number): boolean => (frame % fps) * SAMPLE_RATE < BURST_SAMPLES * fps;

const COLON = 0x3a;
const ZERO = 0x30;
const DAY_SECONDS = 86_400;

/** Characters of HH:MM:SS:FF. */
export const TIMECODE_LENGTH = 11;

/** Writes the time of day of a frame as character codes HH:MM:SS:FF. `offsetSeconds`: of local time from UTC, positive in the east. */
export const writeTimecode = (codes: Uint8Array, frame: number, fps: number, offsetSeconds: number): void => {
  const seconds = Math.floor(frame / fps) + offsetSeconds;
  const ofDay = ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  writePair(codes, 0, Math.floor(ofDay / 3_600));
  writePair(codes, 3, Math.floor(ofDay / 60) % 60);
  writePair(codes, 6, ofDay % 60);
  writePair(codes, 9, frame % fps);
  codes[2] = COLON;
  codes[5] = COLON;
  codes[8] = COLON;
};

const writePair = (codes: Uint8Array, at: number, value: number): void => {
  codes[at] = ZERO + Math.floor(value / 10);
  codes[at + 1] = ZERO + (value % 10);
};
