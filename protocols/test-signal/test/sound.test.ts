import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { isFlashFrame, SAMPLE_RATE, sampleOfFrame, TestSound, type TestSoundOptions } from "../index.ts";
import { NOON } from "./drawn.ts";

const START = NOON * SAMPLE_RATE;

const sound = (options: Partial<TestSoundOptions> = {}): TestSound =>
  new TestSound({ channels: 2, toneHz: 1_000, toneDbfs: -20, content: "tone", avSyncMarker: false, ...options });

const channelOf = (made: TestSound, channel: number, first: number, count: number): Float32Array => {
  const samples = new Float32Array(count);
  made.fillChannel(samples, channel, first, count);
  return samples;
};

/** Level of a sine in dBFS: its RMS against that of a sine of full scale. */
const levelOf = (samples: Float32Array): number =>
  20 * Math.log10(Math.SQRT2 * Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length));

/** Frequency by the phase that a correlation has in the first and in the last tenth. */
const frequencyOf = (samples: Float32Array, near: number): number => {
  const tenth = Math.floor(samples.length / 10);
  const phase = (from: number): number => {
    let [re, im] = [0, 0];
    for (let i = from; i < from + tenth; i++) {
      const window = Math.sin((Math.PI * (i - from)) / tenth) ** 2;
      re += window * (samples[i] ?? 0) * Math.cos((2 * Math.PI * near * i) / SAMPLE_RATE);
      im += window * (samples[i] ?? 0) * Math.sin((2 * Math.PI * near * i) / SAMPLE_RATE);
    }
    return Math.atan2(re, im) / (2 * Math.PI);
  };
  const apart = samples.length - tenth;
  const turn = phase(apart) - phase(0);
  return near + ((turn - Math.round(turn)) * SAMPLE_RATE) / apart;
};

for (const [toneHz, toneDbfs] of [
  [1_000, -20],
  [50, 0],
  [8_000, -60],
  [997.25, -18],
  [440.01, -9.3],
] as const) {
  test(`a tone of ${toneHz} Hz at ${toneDbfs} dBFS has its frequency and its level`, () => {
    const samples = channelOf(sound({ toneHz, toneDbfs }), 1, START + 12_345, 4 * SAMPLE_RATE);

    assert.ok(Math.abs(frequencyOf(samples, toneHz) - toneHz) < 0.001, `${frequencyOf(samples, toneHz)}`);
    assert.ok(Math.abs(levelOf(samples) - toneDbfs) < 0.02, `${levelOf(samples)}`);
    assert.ok(samples.every((sample) => Math.abs(sample) <= 1));
  });
}

test("the phase goes on over blocks of any size and over seconds, whatever the frequency (seed 9)", () => {
  const random = seeded(9);
  for (const toneHz of [1_000, 997.25, 7_999.99]) {
    const made = sound({ toneHz });
    const whole = channelOf(made, 0, START, 3 * SAMPLE_RATE);
    const pieces = new Float32Array(whole.length);
    for (let at = 0; at < pieces.length;) {
      const count = Math.min(pieces.length - at, 1 + integer(random, 4_000));
      made.fillChannel(pieces.subarray(at), 0, START + at, count);
      at += count;
    }
    assert.deepEqual(pieces, whole);
    // A sine satisfies x(n+1) + x(n-1) = 2 cos(w) x(n), also over the edge of a second.
    const turn = 2 * Math.cos((2 * Math.PI * toneHz) / SAMPLE_RATE);
    for (let i = 1; i + 1 < whole.length; i++) {
      assert.ok(Math.abs((whole[i + 1] ?? 0) + (whole[i - 1] ?? 0) - turn * (whole[i] ?? 0)) < 1e-6);
    }
  }
});

test("all layouts and both sample formats hold the same tone", () => {
  for (const channels of [1, 2, 6, 8] as const) {
    const made = sound({ channels, toneDbfs: 0 });
    const floats = new Float32Array(channels * 480);
    const integers = new Int16Array(channels * 480);
    made.fillInterleaved(floats, START, 480);
    made.fillInterleaved(integers, START, 480);
    for (let channel = 0; channel < channels; channel++) {
      const plain = channelOf(made, channel, START, 480);
      const whole = new Int16Array(480);
      made.fillChannel(whole, channel, START, 480);
      assert.deepEqual(
        floats.filter((_, i) => i % channels === channel),
        plain,
      );
      assert.deepEqual(
        integers.filter((_, i) => i % channels === channel),
        whole,
      );
      assert.ok(plain.every((sample, i) => Math.abs((whole[i] ?? 0) - sample * 32_767) < 0.51));
    }
  }
});

test("LFE has a tone that an encoder keeps", () => {
  const lfe = channelOf(sound({ channels: 6 }), 3, START, SAMPLE_RATE);

  assert.ok(Math.abs(frequencyOf(lfe, 80) - 80) < 0.001 && Math.abs(levelOf(lfe) + 20) < 0.02);
});

test("a burst begins with the first sample of the second, lasts 80 ms, and the flash is seen meanwhile", () => {
  const samples = channelOf(sound({ avSyncMarker: true }), 0, START - 1_000, 3 * SAMPLE_RATE);
  const sounding = [...samples.keys()].filter((i) => samples[i] !== 0);

  for (let second = 0; second < 2; second++) {
    const begin = 1_000 + second * SAMPLE_RATE;
    const own = sounding.filter((i) => i >= begin - 1_000 && i < begin + SAMPLE_RATE - 1_000);
    assert.deepEqual([own[0], own.at(-1), own.length], [begin, begin + 3_839, 3_840]);
    assert.ok(Math.abs(levelOf(samples.subarray(begin, begin + 3_840)) + 20) < 0.02);
  }
  for (let fps = 1; fps <= 60; fps++) {
    for (let frame = NOON * fps; frame < (NOON + 1) * fps; frame++) {
      const within = sampleOfFrame(frame, fps) - START;
      assert.equal(isFlashFrame(frame, fps), within < 3_840, `${fps} ${frame}`);
    }
  }
});

test("a burst of any frequency ends where it is zero", () => {
  for (const toneHz of [50, 55, 440, 997, 8_000]) {
    const samples = channelOf(sound({ toneHz, toneDbfs: 0, avSyncMarker: true }), 0, START, SAMPLE_RATE);
    const last = samples.findLastIndex((sample) => sample !== 0);

    assert.ok(last < 3_840 && last > 3_840 - SAMPLE_RATE / toneHz - 1, `${last}`);
    assert.ok(Math.abs(samples[last] ?? 1) <= Math.sin((2 * Math.PI * toneHz) / SAMPLE_RATE) + 1e-6);
  }
});

/** Stretches of sound that a pause of more than 20 ms parts. */
const beepsOf = (samples: Float32Array): number[] => {
  const starts: number[] = [];
  let silence = Infinity;
  samples.forEach((sample, i) => {
    if (sample !== 0 && silence > 960) {
      starts.push(i);
    }
    silence = sample === 0 ? silence + 1 : 0;
  });
  return starts;
};

for (const channels of [1, 2, 6, 8] as const) {
  test(`of ${channels} channels each beeps its number in its turn, and is silent in the others'`, () => {
    const made = sound({ channels, content: "channel_ident" });
    const cycle = 2 * channels * SAMPLE_RATE;
    const begin = Math.ceil(START / cycle) * cycle;

    for (let channel = 0; channel < channels; channel++) {
      const starts = beepsOf(channelOf(made, channel, begin, cycle));
      assert.deepEqual(
        starts,
        Array.from({ length: channel + 1 }, (_, i) => 2 * channel * SAMPLE_RATE + i * 11_520),
      );
    }
  });
}

test("with the marker the channels take turns, one burst a second", () => {
  const made = sound({ channels: 6, content: "channel_ident", avSyncMarker: true });
  const begin = Math.ceil(NOON / 6) * 6 * SAMPLE_RATE;

  for (let channel = 0; channel < 6; channel++) {
    assert.deepEqual(beepsOf(channelOf(made, channel, begin, 6 * SAMPLE_RATE)), [channel * SAMPLE_RATE]);
  }
});
