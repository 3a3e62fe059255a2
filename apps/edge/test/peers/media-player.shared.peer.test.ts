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
  paceOf,
  Stage,
  waitFor,
  type Arrival,
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

/** What a PCR says and when it comes run alike: within a percent, and in most half seconds. */
const checkClock = (t: TestContext, sink: ByteSink): void => {
  const clocks = sink.datagrams.flatMap((datagram, i) => {
    const pcr = pcrOf(datagram);
    return pcr === undefined ? [] : [{ meant: pcr, came: sink.arrivals[i] ?? 0 }];
  });
  const [first, last] = [clocks[0], clocks.at(-1)];
  assert.ok(first !== undefined && last !== undefined && last.meant - first.meant > LOOPS * SECONDS * 900);
  checkPace(t, "PCR", clocks);
};

const checkPace = (t: TestContext, clock: string, arrivals: readonly Arrival[]): void => {
  const { pace, stray } = paceOf(arrivals);
  t.diagnostic(`${clock}: ${pace.toFixed(4)} seconds to a second, ${stray.toFixed(1)} ms from it in the middle`);
  assert.ok(Math.abs(pace - 1) < 0.01, `${pace} seconds to a second`);
  assert.ok(stray < 100, `${stray} ms from an even pace`);
};

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

test("a file with a rate of its own leaves at that rate, half second by half second", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("sample.ts"), SECONDS);
  const sink = await stage.sink();
  const input = { ...player, paced_bitrate_bps: PACED_RATE };
  await stage.edge([{ id: "f", input, outputs: [{ type: "udp", dest_addr: `127.0.0.1:${sink.port}` }] }]);

  await waitFor("seven seconds of it", () => sink.size * 8 > 7 * PACED_RATE, 40);

  let before = 0;
  const bytes = sink.datagrams.map(({ length }, i) => {
    const meant = (before * 8_000) / PACED_RATE;
    before += length;
    return { meant, came: sink.arrivals[i] ?? 0 };
  });
  checkPace(t, `${PACED_RATE} bit/s`, bytes);
});

const differences = (values: readonly number[]): number[] => values.slice(1).map((value, i) => value - (values[i] ?? 0));
