import assert from "node:assert/strict";
import { test } from "node:test";
import {
  complaintsOf,
  difference,
  ffmpegConstantFile,
  ffmpegDecoder,
  ffmpegTwinSender,
  freePorts,
  hashesIn,
  multicatReceiver,
  multicatSender,
  pictureHashes,
  socatReceiver,
  socatSend,
  Stage,
  waitFor,
} from "@bilbycast/testkit/peers";

const SECONDS = 4;
/** Of ffmpeg's first elementary stream, which carries the PCR. */
const PCR_PID = 256;

const listen = { type: "udp", bind_addr: "127.0.0.1:0" };
const sendTo = (port: number): Record<string, unknown> => ({ type: "udp", dest_addr: `127.0.0.1:${port}` });

/** Seven TS packets, fewer of them, and sizes that cut packets in two. */
const SIZES = [188, 564, 1_316, 1_400, 1_472];

test(`what ffmpeg sends in datagrams of ${SIZES.join(", ")} bytes leaves byte for byte, in whole packets`, async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const sinks = await Promise.all(SIZES.map(() => stage.sink()));
  const edge = await stage.edge(SIZES.map((size, i) => ({ id: `of-${size}`, input: listen, outputs: [sendTo(sinks[i]?.port ?? 0)] })));

  const senders = SIZES.map(async (size) => {
    const to = `udp://127.0.0.1:${await edge.port(`of-${size}`)}`;
    const sender = stage.keep(ffmpegTwinSender(stage.path("in.ts"), to, stage.path(`sent-${size}.ts`), size));
    assert.equal(await sender.exited, 0, sender.output());
  });
  await Promise.all(senders);

  for (const [i, size] of SIZES.entries()) {
    const sent = stage.read(`sent-${size}.ts`);
    await sinks[i]?.settle(sent.length);
    assert.equal(difference(sinks[i]?.bytes() ?? Buffer.alloc(0), sent), undefined, `datagrams of ${size}`);
    assert.ok(sent.length > 1_000_000, `only ${sent.length} bytes were sent`);
    const odd = sinks[i]?.datagrams.filter(({ length }) => length % 188 !== 0 || length > 1_316);
    assert.deepEqual(odd, [], `datagrams of ${size}`);
  }
});

test("ffmpeg decodes every picture behind the edge that it decodes of what was sent, and complains of nothing", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const port = await freePorts(1);
  const edge = await stage.edge([{ id: "f", input: listen, outputs: [sendTo(port)] }]);
  const decoder = await stage.listening(ffmpegDecoder(port, stage.folder, "pictures", "udp"), port);

  const sender = ffmpegTwinSender(stage.path("in.ts"), `udp://127.0.0.1:${await edge.port("f")}`, stage.path("sent.ts"));
  assert.equal(await stage.keep(sender).exited, 0, sender.output());
  await decoder.exited;

  const sent = await pictureHashes(stage.path("sent.ts"));
  assert.equal(complaintsOf(decoder), "");
  assert.equal(sent.length, SECONDS * 25);
  assert.deepEqual(hashesIn(stage.read("pictures").toString()), sent);
});

test("what multicat sends, multicat and socat receive byte for byte", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const [one, other] = [await freePorts(1), await freePorts(1)];
  const edge = await stage.edge([{ id: "f", input: listen, outputs: [sendTo(one), sendTo(other)] }]);
  const receivers = [
    await stage.listening(multicatReceiver(one, stage.path("multicat.ts"), { rtp: false }), one),
    await stage.listening(socatReceiver(other, stage.path("socat.ts")), other),
  ];

  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  assert.equal(await sender.exited, 0, sender.output());
  const file = stage.read("in.ts");
  // The last datagram is not full and stays at home.
  const sent = file.subarray(0, Math.floor(file.length / 1_316) * 1_316);
  await waitFor("both files", () => ["multicat.ts", "socat.ts"].every((name) => stage.read(name).length >= sent.length));
  await Promise.all(receivers.map((receiver) => receiver.stop()));

  assert.equal(difference(stage.read("multicat.ts"), sent), undefined, "multicat");
  assert.equal(difference(stage.read("socat.ts"), sent), undefined, "socat");
});

test("what socat sends, in datagrams that cut packets in two, leaves byte for byte", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), 2);
  const sink = await stage.sink();
  const edge = await stage.edge([{ id: "f", input: listen, outputs: [sendTo(sink.port)] }]);
  const sent = stage.read("in.ts");

  await socatSend(sent, { port: await edge.port("f"), size: 1_000, rate: 8_000_000 });
  await sink.settle(sent.length);

  assert.equal(difference(sink.bytes(), sent), undefined);
  assert.deepEqual(
    sink.datagrams.filter(({ length }) => length % 188 !== 0),
    [],
  );
});
