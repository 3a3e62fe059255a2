import assert from "node:assert/strict";
import { test } from "node:test";
import {
  difference,
  ffmpegConstantFile,
  ffmpegTwinSender,
  freePorts,
  Stage,
  videoHashes,
  vlcRtpReceiver,
  vlcUdpReceiver,
  waitFor,
} from "@bilbycast/testkit/peers";

const SECONDS = 5;

const udpIn = { type: "udp", bind_addr: "127.0.0.1:0" };

test("VLC writes what leaves over UDP, and it is what ffmpeg sent, byte for byte", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const port = await freePorts(1);
  const edge = await stage.edge([{ id: "f", input: udpIn, outputs: [{ type: "udp", dest_addr: `127.0.0.1:${port}` }] }]);
  const vlc = await stage.listening(vlcUdpReceiver(port, stage.folder, "out.ts"), port);

  const sender = stage.keep(ffmpegTwinSender(stage.path("in.ts"), `udp://127.0.0.1:${await edge.port("f")}`, stage.path("sent.ts")));
  assert.equal(await sender.exited, 0, sender.output());
  const sent = stage.read("sent.ts");
  // VLC writes in blocks of its own: the last may stay with it when it is stopped.
  const wanted = Math.floor(sent.length * 0.8);
  await waitFor("VLC's file", () => stage.read("out.ts").length >= wanted);
  await vlc.stop();

  const written = stage.read("out.ts");
  assert.equal(difference(written, sent.subarray(0, written.length)), undefined);
});

test("VLC takes what leaves over RTP, and every picture that it writes is one that ffmpeg sent, none is missing in between", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const port = await freePorts(2, 2);
  const edge = await stage.edge([{ id: "f", input: udpIn, outputs: [{ type: "rtp", dest_addr: `127.0.0.1:${port}` }] }]);
  const vlc = await stage.listening(vlcRtpReceiver(port, stage.folder, "out.ts"), port);

  const sender = stage.keep(ffmpegTwinSender(stage.path("in.ts"), `udp://127.0.0.1:${await edge.port("f")}`, stage.path("sent.ts")));
  assert.equal(await sender.exited, 0, sender.output());
  await waitFor(`VLC's file: ${vlc.output()}`, () => stage.read("out.ts").length > 600_000);
  await vlc.stop();

  const sent = await videoHashes(stage.path("sent.ts"));
  const written = await videoHashes(stage.path("out.ts"));
  t.diagnostic(`${written.length} of ${sent.length} pictures`);
  const first = sent.indexOf(written[0] ?? "");
  assert.ok(first >= 0 && written.length > SECONDS * 12, `${written.length} pictures from number ${first} on`);
  assert.deepEqual(written.slice(0, -1), sent.slice(first, first + written.length - 1));
});
