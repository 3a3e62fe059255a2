import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { integer, seeded } from "@bilbycast/testkit/random";
import { MadeMux, type MadeProgram } from "@bilbycast/testkit/streams";
import type { AudioFrame } from "../audio-frames.ts";
import { ElementaryStreams } from "../elementary-streams.ts";
import type { ProgramChoice } from "../program-choice.ts";
import type { VideoUnit } from "../video-units.ts";

/** 320 x 180, High profile, as x264 writes them. */
const SPS = Buffer.from("6764000dacd941419f9f011000000300100000030320f14299600", "hex").subarray(0, 25);
const PPS = Buffer.from("68ebe3cb22c0", "hex");
const IDR = Uint8Array.of(0x65, 0x88, 0x84, 0x01, 0x02);
const P_SLICE = Uint8Array.of(0x41, 0x9a, 0x01, 0x02);
const I_SLICE = Uint8Array.of(0x41, 0x88, 0x84, 0x01);
const DELIMITER = Uint8Array.of(0x09, 0xf0);
const FILLER = Uint8Array.of(0x0c, 0xff, 0x80);

const annexB = (...nals: Uint8Array[]): Uint8Array => Buffer.concat(nals.flatMap((nal) => [Uint8Array.of(0, 0, 0, 1), nal]));
const sized = (...nals: Uint8Array[]): string =>
  Buffer.concat(nals.flatMap((nal) => [Uint8Array.of(0, 0, 0, nal.length), nal])).toString("hex");

/** 48 kHz, stereo, LC. */
const adts = (payload: Uint8Array): Uint8Array => {
  const size = 7 + payload.length;
  return Buffer.concat([Uint8Array.of(0xff, 0xf1, 0x4c, 0x80 | (size >> 11), (size >> 3) & 0xff, ((size & 7) << 5) | 0x1f, 0xfc), payload]);
};

const VIDEO = 0x1e0;
const program = (programNumber: number, streams = [0x1b, 0x0f]): MadeProgram => ({
  programNumber,
  programMapPid: 0x100 * programNumber,
  streams: streams.map((streamType, i) => ({ pid: 0x100 * programNumber + 1 + i, streamType })),
});

const stage = (programNumber?: number) => {
  const choices: (ProgramChoice | undefined)[] = [];
  const video: VideoUnit[] = [];
  const audio: AudioFrame[] = [];
  const streams = new ElementaryStreams({
    programNumber,
    codecs: ["h264", "hevc"],
    onChoice: (choice) => choices.push(choice),
    onVideo: (unit) => video.push(unit),
    onAudio: (frame) => audio.push(frame),
  });
  const mux = new MadeMux();
  let now = 0;
  return { choices, video, audio, streams, mux, push: (span = 40_000) => streams.push(mux.take(), instant((now += span))) };
};

const picture = (mux: MadeMux, pid: number, dts: number, ...nals: Uint8Array[]): MadeMux =>
  mux.pes(pid, { streamId: VIDEO & 0xff, pts: dts + 7_200, dts, payload: annexB(DELIMITER, ...nals) });

test("start codes become lengths; parameter sets become the configuration; delimiters and filler go", () => {
  const { mux, push, video, choices } = stage();
  mux.tables([program(1)]);
  picture(mux, 0x101, 90_000, SPS, PPS, IDR, FILLER);
  picture(mux, 0x101, 93_600, P_SLICE);
  picture(mux, 0x101, 97_200, P_SLICE);
  push();

  assert.deepEqual(choices, [{ programNumber: 1, video: { pid: 0x101, codec: "h264" }, audio: { pid: 0x102 }, unsupported: [] }]);
  assert.deepEqual(
    video.map(({ isKey, dts, pts, data }) => [isKey, dts, pts, Buffer.from(data).toString("hex")]),
    [
      [true, 0, 7_200, sized(IDR)],
      [false, 3_600, 10_800, sized(P_SLICE)],
    ],
    "the third may go on until the next one begins",
  );
  const record = Buffer.from(video[0]?.configuration ?? []).toString("hex");
  assert.equal(record.slice(0, 12), "0164000dffe1");
  assert.ok(record.includes(SPS.toString("hex")) && record.includes(PPS.toString("hex")));
  assert.equal(video[1]?.configuration, video[0]?.configuration, "the same object");
  assert.deepEqual([video[0]?.format.width, video[0]?.format.height], [320, 180]);
});

test("parameter sets that change are another configuration, from their picture on", () => {
  const { mux, push, video } = stage();
  mux.tables([program(1)]);
  picture(mux, 0x101, 0, SPS, PPS, IDR);
  picture(mux, 0x101, 3_600, SPS, PPS, IDR);
  picture(mux, 0x101, 7_200, SPS, Uint8Array.from([...PPS, 0x80]), IDR);
  picture(mux, 0x101, 10_800, P_SLICE);
  push();
  const [first, second, third] = video;
  assert.equal(first?.configuration, second?.configuration);
  assert.notEqual(third?.configuration, second?.configuration);
});

test("an I picture behind parameter sets opens a GOP, one without does not; before parameter sets nothing can be used", () => {
  const { mux, push, video, streams } = stage();
  mux.tables([program(1)]);
  picture(mux, 0x101, 0, P_SLICE);
  picture(mux, 0x101, 3_600, SPS, PPS, I_SLICE);
  picture(mux, 0x101, 7_200, I_SLICE);
  picture(mux, 0x101, 10_800, P_SLICE);
  push();
  assert.deepEqual(
    video.map(({ isKey }) => isKey),
    [true, false],
  );
  assert.equal(streams.dropped, 1);
});

test("frames of sound are found over borders of PES packets, with the time that is theirs", () => {
  const { mux, push, audio } = stage();
  const payloads = Array.from({ length: 5 }, (_, i) => new Uint8Array(100).fill(i + 1));
  const stream = Buffer.concat(payloads.map(adts));
  mux.tables([program(1)]);
  mux.pes(0x102, { streamId: 0xc0, pts: 1_000, payload: stream.subarray(0, 250) });
  // The third frame began before; the fourth is the first that begins here.
  mux.pes(0x102, { streamId: 0xc0, pts: 1_000 + 3 * 1_920, payload: stream.subarray(250) });
  mux.pes(0x102, { streamId: 0xc0, pts: 1_000 + 5 * 1_920, payload: adts(new Uint8Array(10)) });
  push();
  assert.deepEqual(
    audio.map(({ dts, data }) => [dts, data.length, data[0]]),
    [
      [0, 100, 1],
      [1_920, 100, 2],
      [3_840, 100, 3],
      [5_760, 100, 4],
      [7_680, 100, 5],
      [9_600, 10, 0],
    ],
  );
  assert.equal(Buffer.from(audio[0]?.configuration ?? []).toString("hex"), "1190");
  assert.deepEqual([audio[0]?.sampleRate, audio[0]?.channels], [48_000, 2]);
});

test("without a number the lowest program is taken, even when another one's map comes first", () => {
  const { mux, push, choices } = stage();
  mux.tables([program(5), program(3)]);
  push();
  assert.equal(choices.at(-1)?.programNumber, 3);
});

test("a program that disappears and returns is taken again, and nothing of another meanwhile", () => {
  const { mux, push, choices, video } = stage(2);
  mux.tables([program(1), program(2)], 0);
  picture(mux, 0x101, 0, SPS, PPS, IDR);
  picture(mux, 0x101, 3_600, SPS, PPS, IDR);
  push();
  mux.tables([program(1)], 1);
  picture(mux, 0x201, 0, SPS, PPS, IDR);
  picture(mux, 0x201, 3_600, P_SLICE);
  push();
  assert.deepEqual(
    choices.map((choice) => choice?.programNumber),
    [2, undefined],
  );
  assert.equal(video.length, 0);
  mux.tables([program(1), program(2)], 2);
  picture(mux, 0x201, 7_200, SPS, PPS, IDR);
  picture(mux, 0x201, 10_800, P_SLICE);
  push();
  assert.equal(choices.at(-1)?.programNumber, 2);
  assert.equal(video.length, 1);
});

test("streams that cannot be taken are named, with those that can beside them", () => {
  const { mux, push, choices } = stage();
  mux.tables([program(1, [0x02, 0x0f, 0x03])]);
  push();
  assert.deepEqual(choices, [
    { programNumber: 1, audio: { pid: 0x102 }, unsupported: [{ kind: "video", codec: "MPEG-2 Video", pid: 0x101 }] },
  ]);
});

test("a picture with a packet missing is left out and counted, and the next one is there", () => {
  const { mux, push, video, streams } = stage();
  const large = Uint8Array.from({ length: 1_000 }, (_, i) => (i === 0 ? 0x41 : i === 1 ? 0x9a : 0xaa));
  mux.tables([program(1)]);
  picture(mux, 0x101, 0, SPS, PPS, IDR);
  picture(mux, 0x101, 3_600, P_SLICE);
  push();
  picture(mux, 0x101, 7_200, large);
  const packets = mux.take();
  streams.push(Buffer.concat([packets.subarray(0, 188), packets.subarray(376)]), instant(80_000));
  picture(mux, 0x101, 10_800, P_SLICE);
  picture(mux, 0x101, 14_400, P_SLICE);
  push();
  assert.deepEqual(
    video.map(({ dts }) => dts),
    [0, 3_600, 10_800],
  );
  assert.equal(streams.dropped, 1);
});

for (const seed of [1, 2, 3]) {
  test(`packets that are wrong in any way never throw, and what comes after them is read, seed ${seed}`, () => {
    const random = seeded(seed);
    const { mux, push, video, streams } = stage();
    for (let round = 0; round < 60; round++) {
      mux.tables([program(1)], round % 32);
      picture(mux, 0x101, round * 36_000, SPS, PPS, IDR);
      picture(mux, 0x101, round * 36_000 + 3_600, P_SLICE);
      mux.pes(0x102, { streamId: 0xc0, pts: round * 36_000, payload: adts(new Uint8Array(300)) });
      const bytes = mux.take();
      for (let n = integer(random, 40); n > 0; n--) {
        const at = integer(random, bytes.length);
        bytes[at] = at % 188 === 0 ? 0x47 : integer(random, 256);
      }
      streams.push(bytes, instant(round * 400_000));
    }
    const before = video.length;
    mux.tables([program(1)], 31);
    mux.tables([program(1)], 30);
    picture(mux, 0x101, 9_000_000, SPS, PPS, IDR);
    picture(mux, 0x101, 9_003_600, P_SLICE);
    picture(mux, 0x101, 9_007_200, P_SLICE);
    push(100e6);
    assert.ok(video.length >= before + 2);
  });
}
