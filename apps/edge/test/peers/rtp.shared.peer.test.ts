import assert from "node:assert/strict";
import { test } from "node:test";
import {
  complaintsOf,
  difference,
  ffmpegConstantFile,
  ffmpegDecoder,
  ffmpegSender,
  ffmpegTwinSender,
  freePorts,
  hashesIn,
  multicatReceiver,
  multicatSender,
  pictureHashes,
  Stage,
  waitFor,
  type ByteSink,
} from "@bilbycast/testkit/peers";

const SECONDS = 4;
const UNIT = 1_316;
const HEADER = 12;
/** Of ffmpeg's first elementary stream, which carries the PCR. */
const PCR_PID = 256;
/** Pictures that ffmpeg holds back when it is stopped in the middle of a stream with two B-frames. */
const HELD_BACK = 4;

const listen = { type: "rtp", bind_addr: "127.0.0.1:0" };
const rtpTo = (port: number): Record<string, unknown> => ({ type: "rtp", dest_addr: `127.0.0.1:${port}` });
const udpTo = (port: number): Record<string, unknown> => ({ type: "udp", dest_addr: `127.0.0.1:${port}` });

/** The headers of what a sink got, read by RFC 3550 §5.1 and nobody's code. */
const headersOf = (sink: ByteSink): { first: number; payloadType: number; sequenceNumber: number; timestamp: number; ssrc: number }[] =>
  sink.datagrams.map((datagram) => ({
    first: datagram.readUInt8(0),
    payloadType: datagram.readUInt8(1),
    sequenceNumber: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
  }));

test("what ffmpeg sends over RTP leaves over UDP and over RTP byte for byte, under headers of our own", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const [direct, udp, rtp] = [await stage.sink(), await stage.sink(), await stage.sink()];
  const edge = await stage.edge([{ id: "f", input: listen, outputs: [udpTo(udp.port), rtpTo(rtp.port)] }]);

  const to = `rtp://127.0.0.1:${await edge.port("f")}`;
  const sender = stage.keep(ffmpegTwinSender(stage.path("in.ts"), to, `rtp://127.0.0.1:${direct.port}`));
  assert.equal(await sender.exited, 0, sender.output());
  await rtp.settle(direct.size);
  await udp.settle(direct.size - direct.datagrams.length * HEADER);

  const sent = direct.bytes(HEADER);
  assert.ok(sent.length > 1_000_000, `only ${sent.length} bytes were sent`);
  assert.equal(difference(udp.bytes(), sent), undefined, "UDP");
  assert.equal(difference(rtp.bytes(HEADER), sent), undefined, "RTP");
  const headers = headersOf(rtp);
  const [head] = headers;
  assert.ok(head !== undefined);
  assert.deepEqual(
    headers.map(({ first, payloadType, ssrc, sequenceNumber }) => [first, payloadType, ssrc, sequenceNumber]),
    headers.map((_, i) => [0x80, 33, head.ssrc, (head.sequenceNumber + i) & 0xffff]),
  );
  checkTimestamps(
    headers.map(({ timestamp }) => timestamp),
    rtp.arrivals,
  );
  const { input } = await edge.stats("f");
  assert.deepEqual([input["packets_lost"], input["packets_malformed"]], [0, 0]);
});

/** They never go back, and count 90 000 a second by the receiver's clock, give or take a twentieth, which is what a busy machine may add to an arrival. */
const checkTimestamps = (timestamps: readonly number[], arrivals: readonly number[]): void => {
  const steps = timestamps.slice(1).map((timestamp, i) => (timestamp - (timestamps[i] ?? 0)) | 0);
  assert.ok(
    steps.every((step) => step >= 0),
    `steps of ${Math.min(...steps)} ticks`,
  );
  const spanned = steps.reduce((sum, step) => sum + step, 0) / 90;
  const passed = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
  assert.ok(passed > 2_000 && Math.abs(spanned / passed - 1) < 0.05, `${spanned} ms in timestamps, ${passed} ms in arrivals`);
};

test("ffmpeg decodes what the edge sends over RTP, and complains of nothing", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const port = await freePorts(2, 2);
  const edge = await stage.edge([{ id: "f", input: listen, outputs: [rtpTo(port)] }]);
  const decoder = await stage.listening(ffmpegDecoder(port, stage.folder, "pictures", "rtp"), port);

  const to = `rtp://127.0.0.1:${await edge.port("f")}`;
  const sender = stage.keep(ffmpegSender({ file: stage.path("in.ts") }, to));
  assert.equal(await sender.exited, 0, sender.output());
  const sent = await pictureHashes(stage.path("in.ts"));
  const decoded = (): string[] => hashesIn(stage.read("pictures").toString());
  await waitFor("the pictures", () => decoded().length >= sent.length - HELD_BACK);
  await decoder.stop();

  assert.equal(complaintsOf(decoder), "");
  assert.equal(sent.length, SECONDS * 25);
  assert.deepEqual(decoded(), sent.slice(0, decoded().length));
});

test("what multicat sends over RTP, another multicat receives over RTP byte for byte", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const port = await freePorts(2, 2);
  const edge = await stage.edge([{ id: "f", input: listen, outputs: [rtpTo(port)] }]);
  const receiver = await stage.listening(multicatReceiver(port, stage.path("out.ts"), { rtp: true }), port);

  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: true, pcrPid: PCR_PID }));
  assert.equal(await sender.exited, 0, sender.output());
  const file = stage.read("in.ts");
  const sent = file.subarray(0, Math.floor(file.length / UNIT) * UNIT);
  await waitFor("the file", () => stage.read("out.ts").length >= sent.length);
  await receiver.stop();

  assert.equal(difference(stage.read("out.ts"), sent), undefined);
});
