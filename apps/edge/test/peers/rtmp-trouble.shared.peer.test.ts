import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, ffmpegFilm, freePorts, multicatSender, nginxRtmp, Stage, waitFor } from "@bilbycast/testkit/peers";
import { assertKeyIsSecret, eventCodes, flowOf, outputOf, PCR_PID, reaches, rtmp } from "../rtmp-stage.ts";

test("a server that hangs costs a UDP output of the same flow nothing, and one that starts again gets the stream again", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  const sink = await stage.sink();
  const server = stage.keep(nginxRtmp(stage.folder, port));
  // More than what the system's buffers and ours hold, while the server takes nothing.
  await ffmpegFilm(stage.path("in.ts"), { seconds: 20, video: "h264", audio: "aac", size: "640x360", rate: 16_000_000 });
  const edge = await stage.edge([flowOf(rtmp(`rtmp://127.0.0.1:${port}/app`), { type: "udp", dest_addr: `127.0.0.1:${sink.port}` })]);
  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(edge, "publishing");

  process.kill(server.pid, "SIGSTOP");
  await waitFor("pictures to be given up", async () => Number((await outputOf(edge))["frames_dropped"]) > 0);
  process.kill(server.pid, "SIGKILL");
  await server.exited;
  stage.keep(nginxRtmp(stage.folder, port));
  await waitFor("a second connection", async () => (await outputOf(edge))["connections"] === 2);
  assert.equal(await sender.exited, 0, sender.output());

  const sent = stage.read("in.ts");
  const whole = sent.subarray(0, Math.floor(sent.length / 1_316) * 1_316);
  await sink.settle(whole.length);
  // multicat fills its last datagram up.
  assert.equal(difference(sink.bytes().subarray(0, whole.length), whole), undefined, "the UDP output has every byte");
  const codes = await eventCodes(edge);
  for (const code of ["rtmp_connected", "rtmp_server_slow", "rtmp_disconnected"]) {
    assert.ok(codes.includes(code), `${code} is among ${codes.join()}`);
  }
  assert.equal((await outputOf(edge))["packets_dropped"], 0);
  await assertKeyIsSecret(edge);
});
