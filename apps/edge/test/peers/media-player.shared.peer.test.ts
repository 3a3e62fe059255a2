import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import {
  complaintsOf,
  dtsOf,
  ffmpegConstantFile,
  ffmpegDecoder,
  freePorts,
  hashesIn,
  Stage,
  waitFor,
  type ByteSink,
} from "@bilbycast/testkit/peers";

const SECONDS = 2;
const PICTURES = SECONDS * 25;
const LOOPS = 3;

/** A picture and a frame of sound, in ticks of 90 kHz. */
const FRAME_STEPS = [3_600, 2_160];

const PACED_RATE = 5_000_000;

const player = { type: "media_player", sources: [{ kind: "ts", name: "sample.ts" }] };

test("a looped file reaches ffmpeg over UDP and RTP without an error, its time stamps never go back, and its clock is ours", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("sample.ts"), SECONDS);
  const [udpPort, rtpPort, sink] = [await freePorts(1), await freePorts(2, 2), await stage.sink()];
  const outputs = [
    { type: "udp", dest_addr: `127.0.0.1:${udpPort}` },
    { type: "rtp", dest_addr: `127.0.0.1:${rtpPort}` },
    { type: "udp", dest_addr: `127.0.0.1:${sink.port}`, trains: false },
  ];
  // The receivers listen first: they are to see the stream from its beginning.
  const overUdp = await stage.listening(ffmpegDecoder(udpPort, stage.folder, "udp-pictures", "udp"), udpPort);
  const overRtp = await stage.listening(ffmpegDecoder(rtpPort, stage.folder, "rtp-pictures", "rtp"), rtpPort);

  const edge = await stage.edge([{ id: "f", input: player, outputs }]);
  const pictures = (name: string): string[] => hashesIn(stage.read(name).toString());
  const wanted = LOOPS * PICTURES;
  await waitFor("three loops", () => pictures("udp-pictures").length > wanted && pictures("rtp-pictures").length > wanted, 30);
  const { input } = await edge.stats("f");
  await edge.launcher.stop();
  await Promise.all([overUdp, overRtp].map((decoder) => decoder.stop()));

  assert.equal(complaintsOf(overUdp), "", "UDP");
  assert.equal(complaintsOf(overRtp), "", "RTP");
  for (const name of ["udp-pictures", "rtp-pictures"]) {
    const seen = pictures(name);
    assert.deepEqual(seen.slice(PICTURES, wanted), [...seen.slice(0, PICTURES), ...seen.slice(0, PICTURES)], name);
  }
  assert.ok(Number(input["loops"]) >= LOOPS, `${Number(input["loops"])} loops`);
  writeFileSync(stage.path("played.ts"), sink.bytes());
  for (const [stream, step] of FRAME_STEPS.entries()) {
    const steps = differences(await dtsOf(stage.path("played.ts"), stream));
    const longer = steps.filter((each) => each !== step);
    // Where the loops join, the last frame of a file that ends a little after it is shown for so much longer.
    assert.ok(
      steps.length > wanted && longer.length <= Number(input["loops"]) + 1,
      `stream ${stream}: ${longer.length} of ${steps.length}`,
    );
    assert.ok(
      longer.every((each) => each > step && each < 3 * step),
      `stream ${stream}: ${[...new Set(steps)].join(" ")}`,
    );
  }
  checkClock(t, sink);
});

/**
 * What a PCR says and when it comes run alike: within a percent, over the whole and in most seconds. A busy machine makes one second short
 * and the next long, and the first datagram late: over the whole is the median of all steps of half of it.
 */
const checkClock = (t: TestContext, sink: ByteSink): void => {
  const clocks = sink.datagrams.flatMap((datagram, i) => {
    const pcr = pcrOf(datagram);
    return pcr === undefined ? [] : [{ pcr, arrival: sink.arrivals[i] ?? 0 }];
  });
  const [first, last] = [clocks[0], clocks.at(-1)];
  assert.ok(first !== undefined && last !== undefined && last.pcr - first.pcr > LOOPS * SECONDS * 900);
  const paces = (from: (typeof clocks)[0], to: (typeof clocks)[0]): number => (to.pcr - from.pcr) / (to.arrival - from.arrival);
  const marks = clocks.filter(({ arrival }, i) => i === 0 || secondOf(arrival, first) > secondOf(clocks[i - 1]?.arrival ?? 0, first));
  const seconds = marks.slice(1).map((mark, i) => paces(marks[i] ?? mark, mark));
  const half = Math.floor(clocks.length / 2);
  const whole = median(clocks.slice(half).map((clock, i) => paces(clocks[i] ?? clock, clock)));
  t.diagnostic(`PCR seconds to a second: ${whole.toFixed(4)} over the whole; ${seconds.map((pace) => pace.toFixed(4)).join(" ")}`);
  assert.ok(Math.abs(whole - 1) < 0.01, `${whole} over the whole`);
  assert.ok(Math.abs(median(seconds) - 1) < 0.01, seconds.join(" "));
};

const secondOf = (arrival: number, first: { arrival: number }): number => Math.floor((arrival - first.arrival) / 1_000);

/** The first PCR in a datagram, in milliseconds: ISO/IEC 13818-1 §2.4.3.4. */
const pcrOf = (datagram: Buffer): number | undefined => {
  for (let at = 0; at + 188 <= datagram.length; at += 188) {
    const hasField = ((datagram[at + 3] ?? 0) & 0x20) !== 0 && (datagram[at + 4] ?? 0) >= 7;
    if (hasField && ((datagram[at + 5] ?? 0) & 0x10) !== 0) {
      return (datagram.readUInt32BE(at + 6) * 2 + ((datagram[at + 10] ?? 0) >> 7)) / 90;
    }
  }
  return undefined;
};

test("a file with a rate of its own leaves at that rate, second by second", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("sample.ts"), SECONDS);
  const sink = await stage.sink();
  const input = { ...player, paced_bitrate_bps: PACED_RATE };
  await stage.edge([{ id: "f", input, outputs: [{ type: "udp", dest_addr: `127.0.0.1:${sink.port}` }] }]);

  await waitFor("seven seconds of it", () => sink.size * 8 > 7 * PACED_RATE, 40);

  const { arrivals, datagrams } = sink;
  const rates = ratesOf(arrivals, datagrams);
  t.diagnostic(`bit/s: ${rates.whole.toFixed(0)} over the whole; ${rates.seconds.map((rate) => rate.toFixed(0)).join(" ")}`);
  assert.ok(Math.abs(rates.whole / PACED_RATE - 1) < 0.03, `${rates.whole} bit/s over the whole`);
  assert.ok(Math.abs(median(rates.seconds) / PACED_RATE - 1) < 0.01, `${rates.seconds.join(" ")} bit/s`);
});

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const differences = (values: readonly number[]): number[] => values.slice(1).map((value, i) => value - (values[i] ?? 0));

/** Bits per second over each second, and from the second one on: what a busy machine was late with at the start comes at once. */
const ratesOf = (arrivals: readonly number[], datagrams: readonly Buffer[]): { whole: number; seconds: number[] } => {
  const first = arrivals[0] ?? 0;
  const rate = (from: number, to: number): number => {
    const bytes = datagrams.slice(from, to).reduce((sum, { length }) => sum + length, 0);
    return (bytes * 8_000) / ((arrivals[to] ?? 0) - (arrivals[from] ?? 0));
  };
  const marks = Array.from({ length: Math.floor(((arrivals.at(-1) ?? 0) - first) / 1_000) + 1 }, (_, second) =>
    arrivals.findIndex((arrival) => arrival >= first + second * 1_000),
  );
  return { whole: rate(marks[1] ?? 0, arrivals.length - 1), seconds: marks.slice(1).map((to, i) => rate(marks[i] ?? 0, to)) };
};
