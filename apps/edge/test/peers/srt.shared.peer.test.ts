import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { difference, ffmpegConstantFile, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import { ffmpegSrtSender, liveTransmitReceiver } from "@bilbycast/testkit/srt";

const SECONDS = 4;
const LATENCY = 300;
const PASSPHRASE = "a-passphrase-of-some-length";
const secret = { passphrase: PASSPHRASE, keyLength: 32 };
const fields = { latency_ms: LATENCY, passphrase: PASSPHRASE, aes_key_len: 32 };

test("what ffmpeg sends over SRT leaves over SRT to two callers and over UDP, byte for byte", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const [udp, first, second] = [await stage.sink(), await stage.sink(), await stage.sink()];
  const out = await freePorts(1);
  const listen = { type: "srt", mode: "listener", ...fields };
  const edge = await stage.edge([
    {
      id: "f",
      input: { ...listen, local_addr: "127.0.0.1:0" },
      outputs: [
        { ...listen, local_addr: `127.0.0.1:${out}`, max_connections: 2 },
        { type: "udp", dest_addr: `127.0.0.1:${udp.port}` },
      ],
    },
  ]);
  for (const sink of [first, second]) {
    stage.keep(liveTransmitReceiver(sink.port, { port: out, mode: "caller", latencyMs: LATENCY, secret }));
  }
  await waitFor("two connections", async () => (await edge.stats("f")).outputs[0]?.["connections_open"] === 2);

  const target = { port: await edge.port("f"), mode: "caller" as const, latencyMs: LATENCY, secret };
  const sender = stage.keep(ffmpegSrtSender(stage.path("in.ts"), stage.path("copy.ts"), target));
  assert.equal(await sender.exited, 0, sender.output());
  await sleep(3 * LATENCY);

  // libsrt throws away what waits in its send buffer when ffmpeg closes: the end of the file is not sent.
  const sent = stage.read("copy.ts");
  const arrived = udp.bytes();
  assert.ok(arrived.length > 0.9 * sent.length && sent.length > 1_000_000, `${arrived.length} of ${sent.length} bytes`);
  assert.equal(difference(arrived, sent.subarray(0, arrived.length)), undefined, "UDP");
  await first.settle(arrived.length);
  await second.settle(arrived.length);
  assert.equal(difference(first.bytes(), arrived), undefined, "the first caller");
  assert.equal(difference(second.bytes(), arrived), undefined, "the second caller");
  const { input } = await edge.stats("f");
  assert.deepEqual([input["packets_too_late"], input["packets_malformed"]], [0, 0]);
});
