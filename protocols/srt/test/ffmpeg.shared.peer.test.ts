import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { difference, ffmpegConstantFile, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import { ffmpegSrtReceiver, ffmpegSrtSender, RealReceiver, RealSender, type FfmpegSrtOptions } from "@bilbycast/testkit/srt";

const SECONDS = 4;
const PASSPHRASE = "a-passphrase-of-some-length";
/** Milliseconds. */
const LATENCY = 500;
const UNIT = 1_316;

const SECURITY = [
  ["plain", undefined],
  ["AES-128", 16],
  ["AES-256", 32],
] as const;

const theirsOf = (port: number, mode: "caller" | "listener", keyLength: number | undefined): FfmpegSrtOptions => ({
  port,
  mode,
  latencyMs: LATENCY,
  ...(keyLength === undefined ? {} : { secret: { passphrase: PASSPHRASE, keyLength } }),
});

describe("ffmpeg", { concurrency: 3 }, () => {
  for (const [name, keyLength] of SECURITY) {
    const settings = {
      receiveLatencyMs: LATENCY,
      peerLatencyMs: LATENCY,
      ...(keyLength === undefined ? {} : { passphrase: encodeUtf8(PASSPHRASE), keyLength }),
    };

    for (const ours of ["listener", "caller"] as const) {
      const theirs = ours === "caller" ? "listener" : "caller";

      test(`sends as ${theirs}, ${name}, and we receive as ${ours} byte for byte`, async (t) => {
        const stage = new Stage(t);
        await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
        const port = ours === "caller" ? await freePorts(1) : 0;
        const receiver = await RealReceiver.open(ours === "caller" ? { call: port, settings } : { settings });
        t.after(() => receiver.close());
        const target = theirsOf(port || receiver.port, theirs, keyLength);

        const sender = stage.keep(ffmpegSrtSender(stage.path("in.ts"), stage.path("copy.ts"), target));
        assert.equal(await sender.exited, 0, sender.output());
        const sent = stage.read("copy.ts");
        await sleep(2 * LATENCY);

        // libsrt throws away what waits in its send buffer when ffmpeg closes: the end of the file is not sent.
        const received = receiver.bytes();
        assert.ok(received.length > 0.9 * sent.length && sent.length > 1_000_000, `${received.length} of ${sent.length} bytes`);
        assert.equal(difference(received, sent.subarray(0, received.length)), undefined);
        assert.equal(receiver.side.meters.packetsTooLate.value, 0);
      });

      test(`receives as ${theirs}, ${name}, what we send as ${ours} byte for byte`, async (t) => {
        const stage = new Stage(t);
        await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
        const port = ours === "caller" ? await freePorts(1) : 0;
        const sender = await RealSender.open(ours === "caller" ? { call: port, settings } : { settings });
        t.after(() => sender.close());
        stage.keep(ffmpegSrtReceiver(stage.path("out.ts"), theirsOf(port || sender.port, theirs, keyLength)));
        await waitFor("a connection", () => sender.side.said.includes("connected"));
        await sleep(300);
        const file = stage.read("in.ts");

        for (let at = 0; at < file.length; at += UNIT) {
          sender.send(file.subarray(at, at + UNIT));
          await sleep(1);
        }

        await waitFor("everything", () => stage.read("out.ts").length >= file.length, 5).catch(() => {});
        assert.equal(difference(stage.read("out.ts"), file), undefined);
      });
    }
  }
});
