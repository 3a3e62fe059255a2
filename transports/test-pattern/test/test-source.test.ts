import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_ERRORS, TsChecker } from "@bilbycast/testkit/ts-checker";
import { declaration } from "../declaration.ts";
import { HandDriven } from "./hand-driven.ts";

const SECOND = 1_000_000;

/** What was handed to the lane is one clean stream at one rate, whatever happened. */
const checkUnits = ({ written, stats }: HandDriven): void => {
  const checker = new TsChecker({ strictVersions: true, longestPcrStepMs: 40 });
  for (const { unit } of written) {
    checker.take(unit);
  }
  const { errors, first } = checker.report();
  assert.deepEqual(errors, NO_ERRORS, JSON.stringify(first.slice(0, 3)));
  const [begin] = written;
  assert.ok(begin !== undefined);
  let bytes = 0;
  for (const { unit, due } of written) {
    const expected: number = begin.due + (bytes * 8 * 1e6) / stats.muxRate.value;
    assert.ok(Math.abs(due - expected) <= 2, `a unit is due at ${due} instead of ${expected}`);
    bytes += unit.length;
  }
};

const problems = (fields: Record<string, unknown>): string[] => {
  const parsed = declaration.input.safeParse(fields);
  return parsed.success
    ? declaration.checkInput(parsed.data).map(({ path, message }) => `${path.join(".")}: ${message}`)
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};

test("no field is required, and the defaults are those of the guide", () => {
  assert.deepEqual(declaration.input.parse({}), {
    width: 1_280,
    height: 720,
    fps: 25,
    video_bitrate_kbps: 2_000,
    audio_enabled: true,
    tone_hz: 1_000,
    tone_dbfs: -20,
    av_sync_marker: false,
    av_sync_style: "flash",
    audio_channels: 2,
    audio_content: "tone",
    ts_packets_per_datagram: 7,
  });
});

for (const fields of [
  { width: 64 },
  { width: 7_680, height: 64 },
  { height: 64 },
  { height: 4_320, fps: 30, width: 640 },
  { fps: 1 },
  { fps: 60 },
  { width: 3_840, height: 2_160, fps: 60 },
  { video_bitrate_kbps: 100 },
  { video_bitrate_kbps: 200_000 },
  { audio_enabled: false },
  { tone_hz: 50 },
  { tone_hz: 8_000 },
  { tone_hz: 997.5 },
  { tone_dbfs: -60 },
  { tone_dbfs: 0 },
  { av_sync_marker: true },
  { av_sync_style: "flash" },
  { av_sync_style: "sweep" },
  { screen_id: "x".repeat(32) },
  { screen_id: "" },
  { audio_channels: 1 },
  { audio_channels: 2 },
  { audio_channels: 6 },
  { audio_channels: 8 },
  { audio_content: "tone" },
  { audio_content: "channel_ident" },
  { ts_packets_per_datagram: 1 },
  { ts_packets_per_datagram: 7 },
]) {
  test(`${JSON.stringify(fields)} is taken`, () => {
    assert.deepEqual(problems(fields), []);
  });
}

for (const [fields, field] of [
  [{ width: 62 }, "width"],
  [{ width: 7_682 }, "width"],
  [{ width: 641 }, "width"],
  [{ width: "wide" }, "width"],
  [{ height: 62 }, "height"],
  [{ height: 4_322 }, "height"],
  [{ height: 721 }, "height"],
  [{ fps: 0 }, "fps"],
  [{ fps: 61 }, "fps"],
  [{ fps: 25.5 }, "fps"],
  [{ video_bitrate_kbps: 99 }, "video_bitrate_kbps"],
  [{ video_bitrate_kbps: 200_001 }, "video_bitrate_kbps"],
  [{ tone_hz: 49 }, "tone_hz"],
  [{ tone_hz: 8_001 }, "tone_hz"],
  [{ tone_dbfs: -61 }, "tone_dbfs"],
  [{ tone_dbfs: 1 }, "tone_dbfs"],
  [{ audio_enabled: "yes" }, "audio_enabled"],
  [{ av_sync_marker: 1 }, "av_sync_marker"],
  [{ av_sync_style: "blink" }, "av_sync_style"],
  [{ audio_content: "noise" }, "audio_content"],
  [{ ts_packets_per_datagram: 0 }, "ts_packets_per_datagram"],
  [{ audio_channels: 3 }, "audio_channels"],
  [{ screen_id: "x".repeat(33) }, "screen_id"],
  [{ ts_packets_per_datagram: 8 }, "ts_packets_per_datagram"],
  [{ av_sync_marker: true, audio_enabled: false }, "av_sync_marker"],
  [{ width: 7_680, height: 4_320, fps: 60 }, "fps"],
] as const) {
  test(`${JSON.stringify(fields)} is refused by its field`, () => {
    const [first = ""] = problems(fields);
    assert.ok(first.startsWith(`${field}: `), first);
  });
}

test("the stream has one rate and one clock, and every frame is asked for once, ahead of its time", () => {
  const session = new HandDriven();
  session.open();
  session.run(10 * SECOND);
  checkUnits(session);
  assert.ok(session.stats.framesEncoded.value >= 250 + 20 && session.stats.framesEncoded.value <= 250 + 40);
  assert.deepEqual([session.stats.framesMissed.value, session.stats.unitsLate.value, session.stats.reanchors.value], [0, 0, 0]);
  assert.ok(session.written.every(({ due, at }) => due >= at && due <= at + 400_000));
});

test("an encoder that comes back within a second is not missed", () => {
  const session = new HandDriven();
  session.open();
  session.run(3 * SECOND);
  const made = session.stats.framesEncoded.value;
  session.works = false;
  session.hooks?.onLost("its host ended: crashed");
  session.run(0.6 * SECOND);
  session.works = true;
  session.hooks?.onOpened();
  session.run(3 * SECOND);
  checkUnits(session);
  assert.deepEqual([session.stats.framesMissed.value, session.stats.encoderRestarts.value], [0, 1]);
  assert.equal(session.stats.framesEncoded.value - made, 90, "3.6 s of frames");
  assert.deepEqual(
    session.events.map(({ code }) => code),
    ["test_pattern_encoder_lost"],
  );
});

test("without an encoder for long the stream goes on without frames, and they are counted", () => {
  const session = new HandDriven();
  session.open();
  session.run(3 * SECOND);
  session.works = false;
  session.hooks?.onLost("its host ended: crashed");
  session.hooks?.onLost("its host ended: not_started");
  session.run(5 * SECOND);
  assert.equal(session.events.length, 1, "told once");
  const missed = session.stats.framesMissed.value;
  assert.ok(missed > 90 && missed < 130, `${missed} missed`);
  session.works = true;
  session.hooks?.onOpened();
  session.run(2 * SECOND);
  checkUnits(session);
  assert.equal(session.stats.framesMissed.value, missed);
});

test("a session that did not run goes on with the time of day; its packets are not made up for", () => {
  const session = new HandDriven();
  session.open();
  session.run(2 * SECOND);
  const before = session.written.length;
  session.sleep(3 * SECOND);
  session.run(SECOND);
  assert.equal(session.stats.reanchors.value, 1);
  const behind = session.written.slice(before);
  assert.ok(behind.length > 0 && behind.every(({ due, at }) => due >= at - 50_000), "nothing is sent that is past");
});

test("a node without room is told once and asked again every ten seconds, while tables and clock go on", () => {
  const session = new HandDriven();
  session.works = false;
  session.open();
  session.hooks?.onRefused("media_budget_exhausted", "No room.");
  session.run(9 * SECOND);
  assert.equal(session.specs.length, 1);
  session.run(2 * SECOND);
  assert.equal(session.specs.length, 2);
  session.hooks?.onRefused("media_budget_exhausted", "No room.");
  session.run(5 * SECOND);
  checkUnits(session);
  assert.deepEqual(
    session.events.map(({ code, severity }) => [code, severity]),
    [["test_pattern_refused", "critical"]],
  );
});

test("closing ends the encoder and the timer", () => {
  const session = new HandDriven();
  const source = session.open();
  session.run(SECOND);
  source.close();
  const { length } = session.written;
  session.run(SECOND);
  assert.deepEqual([session.isClosed, session.written.length], [true, length]);
});
