import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { difference, ffmpegConstantFile, freePorts, Stage } from "@bilbycast/testkit/peers";
import { ffmpegSrtSender } from "@bilbycast/testkit/srt";

const SECONDS = 4;
const LATENCY = 200;
const FIRST = { passphrase: "the-first-passphrase", keyLength: 16 };
const SECOND = { passphrase: "the-second-passphrase", keyLength: 32 };

const local = (port: number): string => `127.0.0.1:${port}`;
const field = ({ passphrase, keyLength }: typeof FIRST) => ({ latency_ms: LATENCY, passphrase, aes_key_len: keyLength });

test("ffmpeg's plain TS by two legs is told as failover, and goes through once", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const ports = await freePorts(2);
  const out = await stage.sink();
  const edge = await stage.edge([
    {
      id: "f",
      input: {
        type: "srt",
        mode: "listener",
        local_addr: local(ports),
        ...field(FIRST),
        redundancy: { mode: "listener", local_addr: local(ports + 1), ...field(SECOND) },
      },
      outputs: [{ type: "udp", dest_addr: local(out.port) }],
    },
  ]);
  const target = { mode: "caller" as const, latencyMs: LATENCY };
  const senders = [
    stage.keep(ffmpegSrtSender(stage.path("in.ts"), stage.path("red.ts"), { ...target, port: ports, secret: FIRST })),
    stage.keep(ffmpegSrtSender(stage.path("in.ts"), stage.path("blue.ts"), { ...target, port: ports + 1, secret: SECOND })),
  ];
  for (const sender of senders) {
    assert.equal(await sender.exited, 0, sender.output());
  }
  await sleep(4 * LATENCY);

  const { input } = await edge.stats("f");
  assert.equal(input["failover_active"], 1);
  const isFirst = Number(input["leg1_packets_forwarded"]) > 0;
  const sent = stage.read(isFirst ? "red.ts" : "blue.ts");
  const arrived = out.bytes();
  assert.ok(arrived.length > 0.9 * sent.length && sent.length > 1_000_000, `${arrived.length} of ${sent.length} bytes`);
  assert.equal(difference(arrived, sent.subarray(0, arrived.length)), undefined);
  assert.ok(Number(input[isFirst ? "leg2_packets_duplicate" : "leg1_packets_duplicate"]) > 100);
});
