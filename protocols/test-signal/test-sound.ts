import { check } from "@bilbycast/foundation/check";
import { BURST_SAMPLES, SAMPLE_RATE } from "./frame-grid.ts";

export type TestSoundOptions = {
  /** 6 is 5.1, 8 is 7.1: the fourth channel is LFE. */
  channels: 1 | 2 | 6 | 8;
  /** 50 to 8000. */
  toneHz: number;
  /** Peak against full scale, -60 to 0; 0 dBFS is a sine that reaches full scale (AES17). */
  toneDbfs: number;
  content: "tone" | "channel_ident";
  /** The tone is a burst of 80 ms at each second, and nothing else. */
  avSyncMarker: boolean;
};

/** Samples of one channel, or of all in turn: floats up to 1, or 16-bit integers. */
export type Samples = Float32Array | Int16Array;

/** What LFE carries where the tone is higher: an encoder would take that away. */
const LFE_HZ = 80;
const LFE_CHANNEL = 3;
const FIRST_WITH_LFE = 6;
const FULL_SCALE_S16 = 32_767;

/** Channel k, from 1 on, sounds in the k-th turn with k beeps, all others are silent; a beep and a pause last 120 ms each. */
const TURN_SAMPLES = 2 * SAMPLE_RATE;
const BEEP_SAMPLES = 0.12 * SAMPLE_RATE;

/**
 * Tone at 48 kHz, a function of the sample's number since the epoch and of nothing else: blocks may be asked for in any order and size, and the
 * phase goes on. Bursts and beeps begin and end where the tone is zero, and begin at their exact sample.
 */
export class TestSound {
  readonly #options: TestSoundOptions;
  readonly #amplitude: number;

  constructor(options: TestSoundOptions) {
    this.#options = options;
    this.#amplitude = 10 ** (options.toneDbfs / 20);
  }

  /** Fills `count` samples of each channel in turn from sample `first` on. */
  fillInterleaved(target: Samples, first: number, count: number): void {
    const { channels } = this.#options;
    check(target.length >= channels * count, "there is room for the samples");
    for (let channel = 0; channel < channels; channel++) {
      this.#fill(target, channel, channels, channel, first, count);
    }
  }

  /** Fills `count` samples of one channel, from 0 on. */
  fillChannel(target: Samples, channel: number, first: number, count: number): void {
    check(target.length >= count && channel < this.#options.channels, "there is room for the samples of a channel");
    this.#fill(target, 0, 1, channel, first, count);
  }

  #fill(target: Samples, at: number, step: number, channel: number, first: number, count: number): void {
    const { channels, toneHz, content, avSyncMarker } = this.#options;
    const hz = channel === LFE_CHANNEL && channels >= FIRST_WITH_LFE ? Math.min(LFE_HZ, toneHz) : toneHz;
    const scale = this.#amplitude * (target instanceof Int16Array ? FULL_SCALE_S16 : 1);
    const isWhole = target instanceof Int16Array;
    for (let i = 0; i < count; i++) {
      const sample = first + i;
      let cycles = 0;
      if (avSyncMarker) {
        cycles = burstCycles(sample, hz, content === "channel_ident" ? channel : -1, channels);
      } else if (content === "channel_ident") {
        cycles = beepCycles(sample, hz, channel, channels);
      } else {
        cycles = toneCycles(sample, hz);
      }
      const value = cycles === SILENT ? 0 : scale * Math.sin(2 * Math.PI * cycles);
      target[at + i * step] = isWhole ? Math.round(value) : value;
    }
  }
}

const SILENT = -1;
/** Samples lie in the middle of their time, so that the first of a burst is not zero. */
const MIDDLE = 0.5;

/** Whole seconds and whole cycles are left out before anything is multiplied: what is left is exact enough for centuries. */
const toneCycles = (sample: number, hz: number): number => {
  const second = Math.floor(sample / SAMPLE_RATE);
  const part = (hz - Math.floor(hz)) * second;
  return part - Math.floor(part) + (hz * (sample - second * SAMPLE_RATE + MIDDLE)) / SAMPLE_RATE;
};

/** `channel`: the only one that sounds in its second; -1: all. */
const burstCycles = (sample: number, hz: number, channel: number, channels: number): number => {
  const second = Math.floor(sample / SAMPLE_RATE);
  const isTurn = channel < 0 || second % channels === channel;
  return isTurn ? gatedCycles(sample - second * SAMPLE_RATE, hz, BURST_SAMPLES) : SILENT;
};

const beepCycles = (sample: number, hz: number, channel: number, channels: number): number => {
  const turn = Math.floor(sample / TURN_SAMPLES);
  const within = sample - turn * TURN_SAMPLES;
  const beep = Math.floor(within / (2 * BEEP_SAMPLES));
  const sounds = turn % channels === channel && beep <= channel;
  return sounds ? gatedCycles(within - beep * 2 * BEEP_SAMPLES, hz, BEEP_SAMPLES) : SILENT;
};

/** As many whole cycles as fit into `longest` samples, then silence. */
const gatedCycles = (within: number, hz: number, longest: number): number => {
  const cycles = (hz * (within + MIDDLE)) / SAMPLE_RATE;
  return cycles < Math.floor((hz * longest) / SAMPLE_RATE) ? cycles : SILENT;
};
