import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, dtsOffset, hasPcr, PCR_WRAP, ptsOffset, readPcr, readStamp, STAMP_WRAP } from "../media-time.ts";
import { continuityCounter, discontinuityIndicator, hasPayload, NULL_PID, PACKET_SIZE, pid, SYNC_BYTE } from "../packet.ts";
import { Playout } from "../playout.ts";
import { AUDIO, makeStream, VIDEO, withStride } from "./made-stream.ts";
import { packetsOf, play, type Played } from "./played.ts";

const repeat = (file: Uint8Array, times: number): Uint8Array[] => Array.from({ length: times }, () => file);

/** The greatest and the least of due - PCR over all PCRs, in microseconds. */
const pcrSpread = ({ bytes, due }: Played): number => {
  let first: number | undefined;
  let previous = 0;
  let ticks = 0;
  let least = Infinity;
  let most = -Infinity;
  packetsOf(bytes).forEach((at, i) => {
    if (hasPcr(bytes, at)) {
      const pcr = readPcr(bytes, at);
      ticks += first === undefined ? 0 : difference(pcr, previous, PCR_WRAP);
      first ??= pcr;
      previous = pcr;
      const error = (due[i] ?? 0) - ticks / 27;
      least = Math.min(least, error);
      most = Math.max(most, error);
    }
  });
  return most - least;
};

const assertCountersContinue = (bytes: Uint8Array): void => {
  const last = new Map<number, number>();
  for (const at of packetsOf(bytes)) {
    const id = pid(bytes, at);
    const before = last.get(id);
    if (id !== NULL_PID && before !== undefined) {
      assert.equal(continuityCounter(bytes, at), (before + (hasPayload(bytes, at) ? 1 : 0)) & 15, `continuity of PID ${id} at ${at}`);
    }
    last.set(id, continuityCounter(bytes, at));
  }
};

/** Differences between successive DTS (PTS where there is none) of a PID, in milliseconds. */
const frameSteps = (bytes: Uint8Array, of: number): number[] => {
  const stamps = packetsOf(bytes)
    .filter((at) => pid(bytes, at) === of && ptsOffset(bytes, at) > 0)
    .map((at) => readStamp(bytes, at + (dtsOffset(bytes, at) || ptsOffset(bytes, at))));
  return stamps.slice(1).map((stamp, i) => difference(stamp, stamps[i] ?? 0, STAMP_WRAP) / 90);
};

const assertMonotonic = (due: number[]): void =>
  due.forEach((time, i) => assert.ok(i === 0 || time >= (due[i - 1] ?? 0), `due times run backwards at ${i}`));

test("a file played once comes out byte for byte, at the rate of its PCRs", () => {
  const file = makeStream({ packets: 2_000 });
  const played = play(new Playout(), [file]);

  assert.deepEqual(played.bytes, file);
  assertMonotonic(played.due);
  assert.equal(played.due.at(-1), 1_999_000 - ((played.unitSizes.at(-1) ?? 0) / PACKET_SIZE) * 1_000 + 1_000);
});

test("every PCR leaves exactly when it says, over 100 loops and the wrap of the clock", () => {
  const file = makeStream({ packets: 1_000, firstPcr: PCR_WRAP - 50 * 27_000_000 });
  const playout = new Playout();
  const played = play(playout, repeat(file, 100));

  assert.equal(played.bytes.length, file.length * 100);
  assert.equal(playout.continuityErrors, 0);
  assert.ok(pcrSpread(played) <= 1, `due - PCR varies by ${pcrSpread(played)} us`);
  assertMonotonic(played.due);
  assert.ok(packetsOf(played.bytes).every((at, i) => !hasPcr(played.bytes, at) || played.opens[i]));
});

test("100 loops leave no break in continuity counters, PTS and DTS, and set no discontinuity indicator", () => {
  const file = makeStream({ packets: 1_000, firstPcr: PCR_WRAP - 50 * 27_000_000 });
  const { bytes } = play(new Playout(), repeat(file, 100));

  assertCountersContinue(bytes);
  assert.deepEqual(new Set(frameSteps(bytes, VIDEO)), new Set([40]));
  assert.ok(frameSteps(bytes, AUDIO).every((step) => step === 25 || step === 50 || step === 75));
  assert.ok(packetsOf(bytes).every((at) => !discontinuityIndicator(bytes, at)));
});

test("PCR and PTS keep their distance over a loop", () => {
  const file = makeStream({ packets: 970, firstPcr: 12_300 });
  const { bytes } = play(new Playout(), repeat(file, 20));

  const distances = new Set<number>();
  let pcr = 0;
  let pcrAt = file.length;
  for (const at of packetsOf(bytes)) {
    const place = at % file.length;
    if (hasPcr(bytes, at)) {
      pcr = readPcr(bytes, at);
      pcrAt = place;
    } else if (pid(bytes, at) === VIDEO && dtsOffset(bytes, at) > 0 && place > pcrAt) {
      const sent = pcr + ((place - pcrAt) / PACKET_SIZE) * 27_000;
      distances.add(readStamp(bytes, at + dtsOffset(bytes, at)) - Math.floor(sent / 300));
    }
  }
  assert.deepEqual([...distances], [200 * 90]);
});

test("a file whose last frame ends after its last byte pauses so that the next frame comes a frame later, not earlier", () => {
  // 970 packets: the last video frame begins in packet 961 and lasts until 1001.
  const file = makeStream({ packets: 970 });
  const played = play(new Playout(), repeat(file, 5));

  const joints = frameSteps(played.bytes, VIDEO).filter((step) => step !== 40);
  assert.deepEqual(joints, []);
  assert.ok(frameSteps(played.bytes, AUDIO).every((step) => step > 0));
  assert.ok(pcrSpread(played) <= 1);
});

test("another file goes on with the clocks and counters, and says so on its first PCR and not again", () => {
  const a = makeStream({ packets: 1_000, firstPcr: 5_000_000_000 });
  const b = makeStream({ packets: 600, firstPcr: 27_000_000, delay: 500 });
  const played = play(new Playout(), [a, a, b, b, a]);

  assertCountersContinue(played.bytes);
  assert.ok(pcrSpread(played) <= 1);
  assert.ok(frameSteps(played.bytes, VIDEO).every((step) => step > 0 && step < 500));
  const flagged = packetsOf(played.bytes).filter((at) => discontinuityIndicator(played.bytes, at));
  assert.deepEqual(
    flagged.map((at) => at / PACKET_SIZE),
    [2_003, 3_203],
  );
});

test("a file whose frames follow its PCR sooner than those before it waits until they have been shown", () => {
  const early = makeStream({ packets: 1_000, delay: 1_400 });
  const late = makeStream({ packets: 1_000, delay: 100 });
  const played = play(new Playout(), [early, late]);

  const steps = frameSteps(played.bytes, VIDEO);
  assert.ok(
    steps.every((step) => step > 0 && step < 150),
    `steps ${[...new Set(steps)].join()}`,
  );
  assert.ok(pcrSpread(played) <= 1);
});

test("packets may be 192 or 204 bytes apart", () => {
  const file = makeStream({ packets: 1_000 });
  for (const stride of [192, 204] as const) {
    const playout = new Playout();
    const played = play(playout, repeat(withStride(file, stride), 2), 10_007);
    assert.deepEqual(played.bytes.subarray(0, file.length), file, `stride ${stride}`);
    assert.equal(played.bytes.length, 2 * file.length);
    assert.equal(playout.skippedBytes, 0);
  }
});

test("a file that is cut inside a packet loses that packet only", () => {
  const file = makeStream({ packets: 1_000 });
  const playout = new Playout();
  const played = play(playout, repeat(file.subarray(0, file.length - 100), 3));

  assert.equal(played.bytes.length, 3 * 999 * PACKET_SIZE);
  assert.equal(playout.skippedBytes, 3 * 88);
});

test("rubbish before and inside a file is skipped and counted", () => {
  const file = makeStream({ packets: 1_000 });
  const rubbish = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 37) & 0xff);
  const dirty = new Uint8Array(file.length + 5_100);
  dirty.set(rubbish.subarray(0, 100), 0);
  dirty.set(file.subarray(0, 500 * PACKET_SIZE), 100);
  dirty.set(rubbish, 100 + 500 * PACKET_SIZE);
  dirty.set(file.subarray(500 * PACKET_SIZE), 5_100 + 500 * PACKET_SIZE);
  const playout = new Playout();
  const played = play(playout, [dirty], 1_000);

  assert.deepEqual(played.bytes, file);
  assert.equal(playout.skippedBytes, 5_100);
});

test("a packet that a file lacks stays a visible loss, in every loop", () => {
  const file = makeStream({ packets: 1_000 });
  const lossy = new Uint8Array([...file.subarray(0, 41 * PACKET_SIZE), ...file.subarray(42 * PACKET_SIZE)]);
  const playout = new Playout();
  const { bytes } = play(playout, repeat(lossy, 3));

  assert.equal(playout.continuityErrors, 3);
  assert.deepEqual(bytes.subarray(0, lossy.length), lossy);
});

test("without PCRs the pace comes from the time stamps, and loops go on", () => {
  const file = makeStream({ packets: 4_000, pcrEvery: 0 });
  const played = play(new Playout(), repeat(file, 3));

  const rate = (played.bytes.length * 8 * 1e6) / (played.due.at(-1) ?? 1);
  assert.ok(Math.abs(rate / 1_504_000 - 1) < 0.01, `${rate} bit/s`);
  assertMonotonic(played.due);
  assertCountersContinue(played.bytes);
  assert.deepEqual(new Set(frameSteps(played.bytes, VIDEO)), new Set([40]));
});

test("without PCRs and time stamps the pace is 4 Mbit/s", () => {
  const file = makeStream({ packets: 4_000, pcrEvery: 0, stamps: false });
  const played = play(new Playout({ window: 1_024 }), repeat(file, 2));

  const rate = (played.bytes.length * 8 * 1e6) / (played.due.at(-1) ?? 1);
  assert.ok(Math.abs(rate / 4e6 - 1) < 0.01, `${rate} bit/s`);
  assert.ok(played.unitSizes.slice(0, -1).every((size) => size === 1_316));
});

test("a given bit rate is kept whatever the PCRs say, and units are full", () => {
  const file = makeStream({ packets: 1_000 });
  const played = play(new Playout({ bitrate: 3_008_000 }), repeat(file, 7));

  assert.equal(played.due.at(-1), 500 * 6_993);
  assert.ok(played.unitSizes.every((size) => size === 1_316));
  assertCountersContinue(played.bytes);
  assert.deepEqual(new Set(frameSteps(played.bytes, VIDEO)), new Set([40]));
});

test("a clock that jumps inside a file changes the pace for no longer than the jump", () => {
  for (const jump of [-600_000, -700, 700, 3_600_000]) {
    const file = makeStream({ packets: 2_000, jump, jumpAt: 1_000, firstPcr: 3e10 });
    const playout = new Playout();
    const played = play(playout, repeat(file, 3));

    assert.equal(playout.pcrJumps, 3, `jump of ${jump} ms`);
    assertMonotonic(played.due);
    const duration = played.due.at(-1) ?? 0;
    assert.ok(Math.abs(duration - 6_000_000) < 60_000, `jump of ${jump} ms: ${duration} us`);
    assertCountersContinue(played.bytes);
  }
});

test("a PCR PID that falls silent is replaced by the one that speaks", () => {
  const head = makeStream({ packets: 1_000 });
  const tail = makeStream({ packets: 4_000, pcrPid: 0x1f1, firstPcr: 9e9 });
  const file = new Uint8Array(head.length + tail.length);
  file.set(head);
  file.set(tail, head.length);
  const played = play(new Playout({ window: 1_024 }), [file], 18_800);

  assert.equal(played.bytes.length, file.length);
  assertMonotonic(played.due);
  assert.ok(Math.abs((played.due.at(-1) ?? 0) - 5_000_000) < 10_000, `${played.due.at(-1)} us`);
});

test("a file smaller than a unit plays, and an empty one or one of rubbish has no packets", () => {
  const file = makeStream({ packets: 1 });
  const played = play(new Playout(), [...repeat(file, 15)]);
  assert.equal(played.bytes.length, 15 * PACKET_SIZE);
  assertMonotonic(played.due);

  const playout = new Playout();
  playout.begin(true);
  assert.equal(playout.end(), 0);
  playout.begin(true);
  playout.feed(new TextEncoder().encode("Goodness, Gracious, Great Balls of Fire. ".repeat(300)));
  assert.equal(playout.end(), 0);
  playout.finish();
  assert.equal(playout.peek(), undefined);
});

test("units have as many packets as asked for", () => {
  const file = makeStream({ packets: 1_000, pcrEvery: 0 });
  for (let unitPackets = 1; unitPackets <= 7; unitPackets++) {
    const { unitSizes, bytes } = play(new Playout({ unitPackets }), [file]);
    assert.ok(unitSizes.slice(0, -1).every((size) => size === unitPackets * PACKET_SIZE));
    assert.ok(packetsOf(bytes).every((at) => bytes[at] === SYNC_BYTE));
  }
});

test("an anchor moves what follows and nothing else", () => {
  const file = makeStream({ packets: 1_000 });
  const playout = new Playout();
  playout.begin(true);
  playout.feed(file.subarray(0, 300 * PACKET_SIZE));
  playout.peek();
  playout.anchor(5_000 as never);
  assert.equal(playout.due, 5_000);
  playout.advance();
  playout.peek();
  const step = playout.due - 5_000;
  playout.anchor(9_000_000 as never);
  playout.advance();
  playout.peek();
  assert.ok(step > 0 && playout.due > 9_000_000 && playout.due <= 9_007_000);
});
