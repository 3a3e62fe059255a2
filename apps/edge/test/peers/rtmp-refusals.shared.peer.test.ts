import assert from "node:assert/strict";
import { test } from "node:test";
import { ffmpegFilm, freePorts, multicatSender, nginxRtmp, recordingsIn, soundHashes, Stage, waitFor } from "@bilbycast/testkit/peers";
import { assertKeyIsSecret, assertTail, connectionOf, eventsOf, flowOf, KEY, PCR_PID, reaches, rtmp } from "../rtmp-stage.ts";

test("a name that is taken and an application that is not there are named, and tried so often and no more", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  stage.keep(nginxRtmp(stage.folder, port));
  await ffmpegFilm(stage.path("in.ts"), { seconds: 10, video: "h264", audio: "aac" });
  const edge = await stage.edge([
    flowOf(
      rtmp(`rtmp://127.0.0.1:${port}/app`, { max_reconnect_attempts: 2 }),
      rtmp(`rtmp://127.0.0.1:${port}/nothing`, { max_reconnect_attempts: 1 }),
      rtmp(`rtmp://127.0.0.1:${port}/app`, { max_reconnect_attempts: 2 }),
    ),
  ]);
  stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  const states = async (): Promise<string[]> =>
    (await Promise.all([0, 1, 2].map((index) => connectionOf(edge, index)))).map(({ state, code = "" }) => `${state} ${code}`);
  await waitFor(
    "the server's refusal to be final",
    async () => (await states()).filter((state) => state.startsWith("failed")).length === 2,
    20,
  );

  const [first = "", second = "", third = ""] = await states();
  // Both ask for the name at once, and the server gives it to the one that it hears first.
  assert.deepEqual([first, third].toSorted(), ["failed name_in_use", "publishing "]);
  // This server closes the connection without a word.
  assert.match(second, /^failed (ended|connection_reset)$/);
  const gaveUp = (await eventsOf(edge)).filter(({ details }) => details["error_code"] === "rtmp_gave_up");
  assert.deepEqual(gaveUp.map(({ details }) => details["attempts"]).toSorted(), [2, 3]);
  const reasons = (await edge.stats("f"))["health_reasons"] as { code: string; severity: string }[];
  assert.deepEqual(
    reasons.filter(({ code }) => code === "output_disconnected").map(({ severity }) => severity),
    ["Error", "Error"],
  );
  await assertKeyIsSecret(edge);
});

test("codecs that RTMP does not carry are named, and what it carries is sent alone", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  stage.keep(nginxRtmp(stage.folder, port));
  await ffmpegFilm(stage.path("in.ts"), { seconds: 5, video: "mpeg2", audio: "aac" });
  const edge = await stage.edge([flowOf(rtmp(`rtmp://127.0.0.1:${port}/app`))]);
  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(edge, "publishing");
  assert.equal(await sender.exited, 0, sender.output());
  assert.ok((await eventsOf(edge)).some(({ message }) => message.includes("video is MPEG-2 Video")));
  await edge.launcher.stop();

  const [recording = ""] = recordingsIn(stage.folder, KEY);
  assertTail(await soundHashes(recording), await soundHashes(stage.path("in.ts")), 12, "sound");
});
