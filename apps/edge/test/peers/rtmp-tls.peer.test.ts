import assert from "node:assert/strict";
import { test } from "node:test";
import { ffmpegFilm, freePorts, multicatSender, nginxRtmp, pictureHashes, recordingsIn, Stage, TlsFront } from "@bilbycast/testkit/peers";
import { assertKeyIsSecret, assertTail, connectionOf, flowOf, KEY, PCR_PID, reaches, rtmp } from "../rtmp-stage.ts";

test("rtmps reaches a server whose certificate this machine trusts for its name, and no other", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  stage.keep(nginxRtmp(stage.folder, port));
  await ffmpegFilm(stage.path("in.ts"), { seconds: 4, video: "h264", audio: "aac" });
  const front = await TlsFront.open(stage.folder, port);
  const before = process.env["NODE_EXTRA_CA_CERTS"];
  t.after(() => {
    front.close();
    delete process.env["NODE_EXTRA_CA_CERTS"];
    Object.assign(process.env, before === undefined ? {} : { NODE_EXTRA_CA_CERTS: before });
  });
  const flow = flowOf(
    rtmp(`rtmps://localhost:${front.port}/app`),
    rtmp(`rtmps://127.0.0.1:${front.port}/app`),
    rtmp(`rtmps://localhost:${port}/app`),
  );
  process.env["NODE_EXTRA_CA_CERTS"] = front.authority;
  const edge = await stage.edge([flow]);
  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(edge, "publishing");
  assert.equal(await sender.exited, 0, sender.output());
  const { code, message } = await connectionOf(edge, 1);
  assert.equal(code, "certificate_refused", message ?? "no message");
  assert.notEqual((await connectionOf(edge, 2)).state, "publishing");
  await assertKeyIsSecret(edge);
  await edge.launcher.stop();
  const [recording = ""] = recordingsIn(stage.folder, KEY);
  assertTail(await pictureHashes(recording), await pictureHashes(stage.path("in.ts")), 3, "pictures");

  delete process.env["NODE_EXTRA_CA_CERTS"];
  const stranger = new Stage(t);
  const other = await stranger.edge([flowOf(rtmp(`rtmps://localhost:${front.port}/app`))]);
  stage.keep(await multicatSender(stage.path("in.ts"), { port: await other.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(other, "disconnected");
  assert.equal((await connectionOf(other)).code, "certificate_refused");
});
