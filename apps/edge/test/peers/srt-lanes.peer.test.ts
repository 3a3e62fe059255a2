import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { difference, ffmpegConstantFile, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import { FFMPEG, ffmpegSrtSender, liveTransmitReceiver } from "@bilbycast/testkit/srt";

const SECONDS = 4;
const LATENCY = 300;
const LANES = 2;
const secret = { passphrase: "a-passphrase-of-some-length", keyLength: 32 as const };
const fields = { type: "srt", mode: "listener", latency_ms: LATENCY, passphrase: secret.passphrase, aes_key_len: 32 };

/** The sockets of the edge's processes that are bound to the port. */
const socketsOn = (port: number): number => {
  const lines = readFileSync("/proc/net/udp", "utf8").split("\n").slice(1);
  return lines.filter((line) => Number.parseInt(/:\s*[\dA-F]+:([\dA-F]{4})/.exec(line)?.[1] ?? "", 16) === port).length;
};

test("libsrt's own tool and ffmpeg call a listener of two lanes, and each gets the stream byte for byte", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const udp = await stage.sink();
  const sinks = await Promise.all(Array.from({ length: 5 }, () => stage.sink()));
  const out = await freePorts(1);
  const edge = await stage.edge(
    [
      {
        id: "f",
        input: { ...fields, local_addr: "127.0.0.1:0" },
        outputs: [
          { ...fields, local_addr: `127.0.0.1:${out}`, max_connections: 6, lanes: LANES },
          { type: "udp", dest_addr: `127.0.0.1:${udp.port}` },
        ],
      },
    ],
    { BILBYCAST_LANES: String(LANES) },
  );
  assert.equal(socketsOn(out), LANES);
  const called = { port: out, mode: "caller" as const, latencyMs: LATENCY, secret };
  const output = async (): Promise<Record<string, unknown>> => (await edge.stats("f")).outputs[0] ?? {};
  for (const [i, sink] of sinks.entries()) {
    // ffmpeg puts what it received into datagrams of its own; what it wrote is what came.
    stage.keep(i === 0 ? FFMPEG.receiver(sink.port, called) : liveTransmitReceiver(sink.port, called));
    await waitFor("one more connection", async () => (await output())["connections_open"] === i + 1);
  }

  const target = { port: await edge.port("f"), mode: "caller" as const, latencyMs: LATENCY, secret };
  const sender = stage.keep(ffmpegSrtSender(stage.path("in.ts"), stage.path("copy.ts"), target));
  assert.equal(await sender.exited, 0, sender.output());
  await sleep(3 * LATENCY);

  const arrived = udp.bytes();
  const sent = stage.read("copy.ts");
  assert.ok(arrived.length > 0.9 * sent.length && sent.length > 1_000_000, `${arrived.length} of ${sent.length} bytes`);
  for (const [i, sink] of sinks.entries()) {
    await sink.settle(arrived.length);
    assert.equal(difference(sink.bytes(), arrived), undefined, `caller ${i}`);
  }
  const stats = await output();
  const srt = stats["srt_stats"] as Record<string, unknown>;
  assert.deepEqual(
    [stats["state"], stats["connections_open"], stats["unconnected_dropped"], srt["state"]],
    ["sending", sinks.length, 0, "connected"],
  );
  assert.equal(srt["pkt_sent_unique_total"], sinks.length * udp.datagrams.length);
  await edge.launcher.stop();
  assert.equal(socketsOn(out), 0);
});
