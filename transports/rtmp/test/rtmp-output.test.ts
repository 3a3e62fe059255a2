import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmpOutput } from "../rtmp-output.ts";
import { Film } from "./film.ts";
import { configured, HandDriven } from "./hand-driven.ts";

const SECOND = 1e6;
const FRAME = 40_000;

const opened = (fields: Record<string, unknown> = {}, film = new Film()) => {
  const context = new HandDriven();
  const output = new RtmpOutput(configured(fields), context);
  const play = (pictures: number, size?: number): void => {
    for (let i = 0; i < pictures; i++) {
      context.give(film.picture(size));
      context.pass(FRAME);
    }
  };
  context.give(film.tables());
  return { context, output, film, play };
};

test("it waits for a key frame, connects where it was told to, and sends from that frame on", () => {
  const { context, play } = opened({ dest_url: "rtmps://live.example.com:8443/app/more?x=1" });
  assert.deepEqual(context.state, { state: "waiting_for_media" });
  assert.equal(context.connections.length, 0);
  play(3);
  assert.deepEqual(context.connection.options, { host: "live.example.com", port: 8_443, tls: true });
  assert.equal(context.state?.state, "connecting");
  context.connection.accept();
  play(1);

  const [connect, , , , publish] = context.connection.commands();
  assert.ok(connect?.[2] instanceof Map);
  assert.deepEqual([connect[2].get("app"), connect[2].get("tcUrl")], ["app/more?x=1", "rtmps://live.example.com:8443/app/more?x=1"]);
  assert.equal(publish?.[3], "the-key");
  assert.deepEqual(context.state, { state: "publishing" });
  assert.deepEqual(
    context.connection.media(9),
    // The configuration, the key frame, and the frames that were held while nothing was published.
    [
      [0, "1700"],
      [0, "1701"],
      [40, "2701"],
      [80, "2701"],
    ],
  );
  assert.deepEqual(context.connection.media(8).slice(0, 3), [
    [0, "af00"],
    [0, "af01"],
    [40, "af01"],
  ]);
  const [metadata] = context.connection.metadata();
  assert.deepEqual(
    ["width", "height", "videocodecid", "audiocodecid", "audiosamplerate"].map((name) => metadata?.get(name)),
    [320, 180, 7, 10, 48_000],
  );
  assert.deepEqual(context.codes(), ["rtmp_connected"]);
  assert.equal(context.counts["framesDropped"], 0);
});

test("after reconnect_delay_secs it connects again, and not before", () => {
  const { context, play } = opened({ reconnect_delay_secs: 3 });
  play(30);
  context.connection.listener.closed("connection_refused", "connect ECONNREFUSED");
  assert.deepEqual(context.state, { state: "disconnected", code: "connection_refused", message: "Nobody listens there." });
  play(74);
  assert.equal(context.connections.length, 1);
  play(2);
  assert.equal(context.connections.length, 2);
  assert.equal(context.state.state, "connecting");
});

test("a failure is told once until it is another one, and after max_reconnect_attempts nothing is tried", () => {
  const { context, film, play } = opened({ reconnect_delay_secs: 1, max_reconnect_attempts: 3 });
  play(2);
  context.connection.listener.closed("connection_refused", "");
  play(60);
  context.connection.listener.closed("connection_refused", "");
  play(60);
  context.connection.connect();
  context.connection.answer(
    "onStatus",
    0,
    null,
    new Map([
      ["level", "error"],
      ["code", "NetStream.Publish.BadName"],
      ["description", "the-key is taken"],
    ]),
  );
  assert.deepEqual(context.state, {
    state: "refused",
    code: "name_in_use",
    message: "The server refused: NetStream.Publish.BadName: [stream key] is taken",
  });
  play(60);
  context.connection.listener.closed("ended", "");
  assert.equal(context.state?.state, "failed");
  play(500);
  context.give(film.noProgram());
  context.give(film.tables());
  play(50);
  assert.equal(context.state?.state, "failed", "whatever the source does");
  assert.equal(context.connections.length, 4);
  assert.deepEqual(context.codes(), ["rtmp_connect_failed", "rtmp_refused", "rtmp_gave_up"]);
  assert.equal(JSON.stringify([context.events, context.peers]).includes("the-key"), false);
});

test("a connection that published for ten seconds sets the attempts back; one that broke is told each time", () => {
  const { context, play } = opened({ reconnect_delay_secs: 1, max_reconnect_attempts: 1 });
  for (let round = 1; round <= 4; round++) {
    play(60);
    assert.equal(context.connections.length, round);
    context.connection.accept();
    play(260);
    context.connection.listener.closed("connection_reset", "");
  }
  assert.equal(context.counts["connectionsLost"], 4);
  assert.deepEqual(context.codes().filter((code) => code === "rtmp_disconnected").length, 4);
  play(60);
  context.connection.listener.closed("ended", "");
  play(60);
  context.connection.listener.closed("ended", "");
  assert.equal(context.state?.state, "failed");
});

test("what is published begins at 0 on each connection, with the configuration and the metadata", () => {
  const { context, play } = opened({ reconnect_delay_secs: 1 });
  play(30);
  context.connection.accept();
  play(30);
  context.connection.listener.closed("ended", "");
  play(60);
  context.connection.accept();
  play(2);
  assert.deepEqual(context.connection.media(9).slice(0, 2), [
    [0, "1700"],
    [0, "1701"],
  ]);
  assert.equal(context.connection.metadata().length, 1);
});

test("a server that is too slow gets nothing from a full queue until the next key frame, and each frame is counted", () => {
  const { context, play } = opened();
  play(2);
  context.connection.accept();
  play(10);
  context.connection.waiting = 300_000;
  play(130);
  assert.ok((context.counts["framesDropped"] ?? 0) > 100, "more than four seconds waited");
  assert.deepEqual(context.codes(), ["rtmp_connected", "rtmp_server_slow"]);
  const before = context.connection.messages.length;
  context.connection.waiting = 0;
  context.connection.listener.drained();
  play(30);

  const resumed = context.connection.messages.slice(before).find(({ type }) => type === 9);
  assert.equal(resumed?.payload[0], 0x17, "a key frame is first");
  const { videoFramesSent = 0, audioFramesSent = 0, framesDropped = 0, framesUnconnected = 0, packetsSent = 0 } = context.counts;
  assert.equal(packetsSent, videoFramesSent + audioFramesSent);
  // One picture and one frame of sound are always held by whoever puts them together.
  assert.ok(Math.abs(videoFramesSent + audioFramesSent + framesDropped + framesUnconnected - 2 * 172) <= 2);
});

test("a server that takes nothing for 15 s is left", () => {
  const { context, play } = opened();
  play(2);
  context.connection.accept();
  play(5);
  context.connection.waiting = 10;
  play(14 * 25);
  assert.equal(context.connection.isClosed, false);
  play(2 * 25);
  assert.equal(context.connection.isClosed, true);
  assert.equal(context.state?.code, "server_stalled");
});

test("a server that wants answers and takes none is left before they fill the memory", () => {
  const { context, play } = opened();
  play(2);
  context.connection.accept();
  context.connection.waiting = 20_000_000;
  context.connection.answer("onBWCheck", 0, null);
  assert.equal(context.connection.isClosed, true);
  assert.equal(context.state?.code, "server_stalled");
});

test("a server that does not answer is left after ten seconds", () => {
  const { context, play } = opened();
  play(2);
  context.connection.listener.connected();
  play(12 * 25);
  assert.deepEqual([context.state?.state, context.state?.code], ["refused", "answer_timeout"]);
  assert.equal(context.connections[0]?.isClosed, true);
});

test("a source that jumps goes on without a gap, with the next key frame", () => {
  const { context, film, play } = opened();
  play(30);
  context.connection.accept();
  play(10);
  film.jump(-50_000_000);
  play(40);
  const times = context.connection.media(9).filter(([, tag]) => tag !== "1700");
  assert.ok(times.every(([time], i) => i === 0 || time > (times[i - 1]?.[0] ?? 0)));
  const gap = times.findIndex(([time], i) => i > 0 && time - (times[i - 1]?.[0] ?? 0) > 80);
  assert.ok(gap > 0 && times[gap]?.[1] === "1701", "what lies between is left out up to a key frame");
  assert.equal(context.counts["timelineJumps"], 1);
  assert.ok((times.at(-1)?.[0] ?? 0) < 3_400, "and the time is the time that passed");
});

test("a program that is gone sends nothing, keeps the connection, and goes on when it is back", () => {
  const { context, film, play } = opened();
  play(30);
  context.connection.accept();
  play(5);
  context.give(film.noProgram());
  const before = context.connection.messages.length;
  play(10);
  assert.equal(context.counts["programAbsent"], 1);
  assert.equal(context.connection.messages.length, before);
  context.give(film.tables());
  play(40);
  assert.equal(context.counts["programAbsent"], 0);
  assert.equal(context.connections.length, 1);
  assert.equal(context.connection.messages.slice(before).find(({ type, payload }) => type === 9 && payload[1] === 1)?.payload[0], 0x17);
});

test("sound is sent alone where the picture cannot be, and nothing where neither can; both by name", () => {
  const { context, play } = opened({}, new Film({ video: 0x02 }));
  play(5);
  context.connection.accept();
  play(5);
  assert.ok(context.connection.media(8).length > 3);
  assert.deepEqual(context.connection.media(9), []);
  assert.deepEqual(context.codes(), ["rtmp_stream_unsupported", "rtmp_connected"]);
  assert.match(context.events[0]?.message ?? "", /video is MPEG-2 Video/);

  const other = opened({}, new Film({ video: 0x02, audio: 0x03 }));
  other.play(50);
  assert.equal(other.context.connections.length, 0);
  assert.deepEqual(other.context.state, {
    state: "waiting_for_media",
    code: "stream_unsupported",
    message: "Nothing of the program can be sent over RTMP: video is MPEG-2 Video, audio is MPEG Audio.",
  });
});

test("closing takes leave of the server and of the flow", () => {
  const { context, output, play } = opened();
  play(30);
  context.connection.accept();
  play(5);
  output.close();
  play(60);
  context.pass(60 * SECOND);
  assert.deepEqual(
    context.connection
      .commands()
      .slice(-2)
      .map(([name]) => name),
    ["FCUnpublish", "deleteStream"],
  );
  assert.equal(context.connection.isClosed, true);
  assert.equal(context.connections.length, 1);
});

test("a source that stopped is no reason to connect: it waits for media again", () => {
  const { context, play } = opened({ reconnect_delay_secs: 10 });
  play(30);
  context.connection.listener.closed("ended", "");
  context.pass(20 * SECOND);
  assert.equal(context.state?.state, "waiting_for_media");
  assert.equal(context.connections.length, 1);
  play(30);
  assert.equal(context.connections.length, 2);
});
