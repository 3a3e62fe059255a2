import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ffmpegFilm,
  ffmpegRtmpServer,
  freePorts,
  multicatSender,
  nginxRtmp,
  pictureHashes,
  recordingsIn,
  soundHashes,
  Stage,
  waitFor,
} from "@bilbycast/testkit/peers";
import { assertKeyIsSecret, assertTail, connectionOf, flowOf, KEY, outputOf, PCR_PID, reaches, rtmp } from "../rtmp-stage.ts";

test("what is published to nginx is the source, picture by picture and frame by frame of sound, and the key is told to nobody else", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  stage.keep(nginxRtmp(stage.folder, port));
  await ffmpegFilm(stage.path("in.ts"), { seconds: 6, video: "h264", audio: "aac" });
  const edge = await stage.edge([flowOf(rtmp(`rtmp://127.0.0.1:${port}/app?hidden=yes`))]);
  const { state, code } = await connectionOf(edge);
  assert.deepEqual([state, code], ["waiting_for_media", "program_absent"]);

  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(edge, "publishing");
  assert.equal(await sender.exited, 0, sender.output());
  await waitFor("the last pictures", async () => Number((await outputOf(edge))["video_frames_sent"]) >= 145);
  const output = await outputOf(edge);
  await assertKeyIsSecret(edge);
  await edge.launcher.stop();

  const [recording = "", ...more] = recordingsIn(stage.folder, KEY);
  assert.deepEqual(more, []);
  assertTail(await pictureHashes(recording), await pictureHashes(stage.path("in.ts")), 3, "pictures");
  assertTail(await soundHashes(recording), await soundHashes(stage.path("in.ts")), 12, "sound");
  assert.equal(output["dest_url"], `rtmp://127.0.0.1:${port}/app`);
  assert.deepEqual(
    ["frames_dropped", "frames_broken", "packets_dropped", "connections", "connections_failed"].map((name) => output[name]),
    [0, 0, 0, 1, 0],
  );
  assert.ok(Number(output["bytes_sent"]) > 100_000);
});

test("ffmpeg as a server gets the same, over a clock that wraps", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  // 2^33 ticks of 90 kHz are 95443.7 s.
  await ffmpegFilm(stage.path("in.ts"), { seconds: 5, video: "h264", audio: "aac", clock: 95_440 });
  const server = stage.keep(ffmpegRtmpServer(port, `live/${KEY}`, stage.path("out.flv")));
  const edge = await stage.edge([flowOf(rtmp(`rtmp://127.0.0.1:${port}/live`, { program_number: 1 }))]);

  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(edge, "publishing");
  assert.equal(await sender.exited, 0, sender.output());
  await waitFor("the last pictures", async () => Number((await outputOf(edge))["video_frames_sent"]) >= 120);
  assert.equal((await outputOf(edge))["timeline_jumps"], 0);
  await edge.launcher.stop();
  await server.exited;

  assertTail(await pictureHashes(stage.path("out.flv")), await pictureHashes(stage.path("in.ts")), 3, "pictures");
  assertTail(await soundHashes(stage.path("out.flv")), await soundHashes(stage.path("in.ts")), 12, "sound");
});
