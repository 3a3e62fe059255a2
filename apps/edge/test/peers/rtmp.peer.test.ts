import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
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
  type LaunchedEdge,
} from "@bilbycast/testkit/peers";

const KEY = "a-key-that-nobody-is-told";
const PCR_PID = 256;

type Fields = Record<string, unknown>;

const rtmp = (url: string, more: Fields = {}): Fields => ({
  type: "rtmp",
  dest_url: url,
  stream_key: KEY,
  reconnect_delay_secs: 1,
  ...more,
});

const flowOf = (outputs: readonly Fields[]) => ({ id: "f", input: { type: "udp", bind_addr: "127.0.0.1:0" }, outputs });

const outputOf = async (edge: LaunchedEdge, index = 0): Promise<Fields> => (await edge.stats("f")).outputs[index] ?? {};

const stateOf = async (edge: LaunchedEdge, index = 0): Promise<{ state?: string; code?: string; message?: string }> =>
  ((await outputOf(edge, index))["connection"] as object | undefined) ?? {};

const reaches = (edge: LaunchedEdge, state: string, seconds = 20): Promise<unknown> =>
  waitFor(`the output to be ${state}`, async () => (await stateOf(edge)).state === state, seconds);

const eventsOf = async (edge: LaunchedEdge): Promise<Fields[]> => (await edge.get("/api/v1/events"))["data"] as Fields[];

/** Nobody may read the key: neither in what the edge says of itself nor in its log. */
const assertKeyIsSecret = async (edge: LaunchedEdge): Promise<void> => {
  const said = JSON.stringify([await edge.stats("f"), await eventsOf(edge), await edge.get("/api/v1/stats")]);
  assert.equal(said.includes(KEY), false, "stats and events");
  assert.equal(edge.launcher.output().includes(KEY), false, "log");
};

/** What arrives is the source from some key frame on, nothing missing inside or at the end but what a mux still held. */
const assertTail = (arrived: readonly string[], sent: readonly string[], mayLack: number, what: string): void => {
  const start = sent.findIndex((_, i) => sent.slice(i, i + 3).every((hash, j) => hash === arrived[j]));
  assert.ok(start >= 0, `${what}: what arrives is none of the source`);
  assert.deepEqual(arrived, sent.slice(start, start + arrived.length), what);
  assert.ok(start + arrived.length >= sent.length - mayLack, `${what}: from ${start}, ${arrived.length} of ${sent.length}`);
};

test("what is published to nginx is the source, picture by picture and frame by frame of sound, and the key is told to nobody else", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  stage.keep(nginxRtmp(stage.folder, port));
  await ffmpegFilm(stage.path("in.ts"), { seconds: 6, video: "h264", audio: "aac" });
  const edge = await stage.edge([flowOf([rtmp(`rtmp://127.0.0.1:${port}/app?hidden=yes`)])]);
  assert.deepEqual((await stateOf(edge)).state, "waiting_for_media");

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
  assert.ok(Number(output["bytes_sent"]) > 500_000);
});

test("ffmpeg as a server gets the same, and the program that was asked for out of a multiplex", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  await ffmpegFilm(stage.path("in.ts"), { seconds: 5, video: "h264", audio: "aac", clock: 95_440 });
  const server = stage.keep(ffmpegRtmpServer(port, `live/${KEY}`, stage.path("out.flv")));
  const edge = await stage.edge([flowOf([rtmp(`rtmp://127.0.0.1:${port}/live`, { program_number: 1 })])]);

  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(edge, "publishing");
  assert.equal(await sender.exited, 0, sender.output());
  await waitFor("the last pictures", async () => Number((await outputOf(edge))["video_frames_sent"]) >= 120);
  await edge.launcher.stop();
  await server.exited;

  assertTail(await pictureHashes(stage.path("out.flv")), await pictureHashes(stage.path("in.ts")), 3, "pictures over the wrap of 33 bits");
  assertTail(await soundHashes(stage.path("out.flv")), await soundHashes(stage.path("in.ts")), 12, "sound");
});

test("a server that hangs costs a UDP output of the same flow nothing, and one that starts again gets the stream again", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  const sink = await stage.sink();
  const server = stage.keep(nginxRtmp(stage.folder, port));
  await ffmpegFilm(stage.path("in.ts"), { seconds: 24, video: "h264", audio: "aac", size: "1280x720" });
  const edge = await stage.edge([flowOf([rtmp(`rtmp://127.0.0.1:${port}/app`), { type: "udp", dest_addr: `127.0.0.1:${sink.port}` }])]);
  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(edge, "publishing");

  process.kill(server.pid, "SIGSTOP");
  await waitFor("the queue to be given up", async () => Number((await outputOf(edge))["frames_dropped"]) > 0, 40);
  process.kill(server.pid, "SIGKILL");
  await server.exited;
  await reaches(edge, "disconnected");
  stage.keep(nginxRtmp(stage.folder, port));
  await reaches(edge, "publishing");
  assert.equal(await sender.exited, 0, sender.output());

  const sent = stage.read("in.ts");
  const whole = sent.subarray(0, Math.floor(sent.length / 1_316) * 1_316);
  await sink.settle(whole.length);
  assert.equal(createHash("sha256").update(sink.bytes()).digest("hex"), createHash("sha256").update(whole).digest("hex"));
  const codes = (await eventsOf(edge)).map((event) => event["code"] ?? (event["details"] as Fields)["error_code"]);
  for (const code of ["rtmp_connected", "rtmp_server_slow", "rtmp_disconnected"]) {
    assert.ok(codes.includes(code), `${code} is among ${codes.join()}`);
  }
  await assertKeyIsSecret(edge);
});

test("a name that is taken is a refusal by that name, and an application that is not there is one too; both are tried so often and no more", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  stage.keep(nginxRtmp(stage.folder, port));
  await ffmpegFilm(stage.path("in.ts"), { seconds: 10, video: "h264", audio: "aac" });
  const edge = await stage.edge([
    flowOf([
      rtmp(`rtmp://127.0.0.1:${port}/app`),
      rtmp(`rtmp://127.0.0.1:${port}/nothing`, { max_reconnect_attempts: 1 }),
      rtmp(`rtmp://127.0.0.1:${port}/app`, { max_reconnect_attempts: 2 }),
    ]),
  ]);
  stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));

  const failed = async (): Promise<number> =>
    (await Promise.all([0, 1, 2].map((index) => stateOf(edge, index)))).filter(({ state }) => state === "failed").length;
  await waitFor("two of three to fail", async () => (await failed()) === 2, 20);
  const states = await Promise.all([0, 1, 2].map((index) => stateOf(edge, index)));
  const codes = states.map(({ state, code }) => `${state} ${code ?? ""}`);
  assert.ok(codes.includes("failed name_in_use"), codes.join());
  assert.match(codes[1] ?? "", /^failed (ended|connection_reset)$/);
  assert.ok(codes.includes("publishing "), codes.join());
  await assertKeyIsSecret(edge);
});

test("codecs that RTMP does not carry are named, and what it carries is sent alone", async (t) => {
  const stage = new Stage(t);
  const port = await freePorts(1);
  stage.keep(nginxRtmp(stage.folder, port));
  await ffmpegFilm(stage.path("in.ts"), { seconds: 6, video: "mpeg2", audio: "aac" });
  const edge = await stage.edge([flowOf([rtmp(`rtmp://127.0.0.1:${port}/app`)])]);
  const sender = stage.keep(await multicatSender(stage.path("in.ts"), { port: await edge.port("f"), rtp: false, pcrPid: PCR_PID }));
  await reaches(edge, "publishing");
  assert.equal(await sender.exited, 0, sender.output());
  const [event] = (await eventsOf(edge)).filter(({ message }) => String(message).includes("MPEG-2 Video"));
  assert.ok(event !== undefined, "the codec is named");
  await edge.launcher.stop();

  const [recording = ""] = recordingsIn(stage.folder, KEY);
  assert.ok(existsSync(recording));
  assertTail(await soundHashes(recording), await soundHashes(stage.path("in.ts")), 12, "sound");
});
