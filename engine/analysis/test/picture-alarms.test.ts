import assert from "node:assert/strict";
import { test } from "node:test";
import { PictureAlarms, type PictureAlarmChange } from "../pictures/picture-alarms.ts";

/** Looks of a picture, by what is odd about it. */
const LOOKS = {
  moving: { luma: 110, brightest: 220, change: 12 },
  still: { luma: 110, brightest: 220, change: 0.9 },
  clock: { luma: 110, brightest: 220, change: 4 },
  black: { luma: 0, brightest: 0, change: 0 },
  noise: { luma: 10, brightest: 12, change: 3 },
  credits: { luma: 6, brightest: 48, change: 9 },
  stillCredits: { luma: 6, brightest: 48, change: 0 },
  night: { luma: 20, brightest: 60, change: 5 },
  unknown: { luma: 110, brightest: 220, change: -1 },
} as const;

type Told = `${number} ${string} ${"on" | "off"}`;

/** One picture each five seconds, from second 0 on. Returns what was told, by the second. */
const run = (alarms: PictureAlarms, looks: readonly (keyof typeof LOOKS)[], from = 0, every = 5): Told[] =>
  looks.flatMap((look, i) => told(from + i * every, alarms.picture(LOOKS[look], (from + i * every) * 1_000)));

const told = (second: number, changes: readonly PictureAlarmChange[]): Told[] =>
  changes.map(({ alarm, isRaised }): Told => `${second} ${alarm} ${isRaised ? "on" : "off"}`);

const times = <Item>(item: Item, count: number): Item[] => Array.from({ length: count }, () => item);

test("a picture that moves raises nothing", () => {
  assert.deepEqual(run(new PictureAlarms(), times("moving", 20)), []);
});

test("true black and noise at luma 10 are black with the second picture, and black no more with the first that is not", () => {
  assert.deepEqual(run(new PictureAlarms(), ["moving", "black", "black", "moving"]), ["10 black on", "15 black off"]);
  assert.deepEqual(run(new PictureAlarms(), ["noise", "noise", "noise", "night"]), ["5 black on", "15 black off"]);
});

test("a cut through black is none, whether pictures come each second or five times in it", () => {
  assert.deepEqual(run(new PictureAlarms(), ["moving", "black", "black", "moving"], 0, 1), []);
  assert.deepEqual(run(new PictureAlarms(), ["moving", ...times("black" as const, 10), "moving"], 0, 0.2), []);
});

test("credits on black are not black, and neither is a night scene", () => {
  assert.deepEqual(run(new PictureAlarms(), [...times("credits" as const, 5), ...times("night" as const, 5)]), []);
});

test("30 seconds without a move are a freeze, and a move ends it", () => {
  assert.deepEqual(run(new PictureAlarms(), ["moving", ...times("still" as const, 8), "moving"]), ["30 freeze on", "45 freeze off"]);
});

test("credits that stand still are a freeze and not black", () => {
  assert.deepEqual(run(new PictureAlarms(), times("stillCredits", 8)), ["30 freeze on"]);
});

test("a still with a running clock is no freeze", () => {
  assert.deepEqual(run(new PictureAlarms(), times("clock", 20)), []);
});

test("a decoder that begins anew within a freeze, and cannot compare, neither ends nor begins one", () => {
  assert.deepEqual(run(new PictureAlarms(), [...times("still" as const, 8), "unknown", "still", "moving"]), [
    "30 freeze on",
    "50 freeze off",
  ]);
  assert.deepEqual(run(new PictureAlarms(), ["unknown", "moving", "unknown", "moving"]), []);
});

test("black for long is black and no freeze; what stands still afterwards is one after its own 30 seconds", () => {
  const alarms = new PictureAlarms();

  assert.deepEqual(run(alarms, times("black", 20)), ["5 black on"]);
  assert.deepEqual(alarms.alarms, ["black"]);
  assert.deepEqual(run(alarms, ["moving", ...times("still" as const, 6)], 100), ["100 black off", "130 freeze on"]);
});

test("ten seconds of a trouble are a loss of the signal, told with its reason; the next picture ends it", () => {
  const alarms = new PictureAlarms();
  const trouble = { code: "no_data", message: "nothing comes in", sinceMs: 20_000 } as const;
  run(alarms, [...times("still" as const, 5)]);

  assert.deepEqual(alarms.trouble(trouble, 29_000), []);
  assert.deepEqual(alarms.trouble(trouble, 30_000), [{ alarm: "no_signal", isRaised: true, why: "nothing comes in" }]);
  assert.deepEqual(alarms.trouble(trouble, 31_000), []);
  assert.deepEqual(alarms.trouble(undefined, 32_000), []);
  assert.deepEqual(alarms.alarms, ["no_signal"]);
  // The time without pictures does not count as one in which nothing moved.
  assert.deepEqual(run(alarms, times("still", 8), 60), ["60 no_signal off", "90 freeze on"]);
});

test("a loss of the signal ends what was said of its pictures", () => {
  const alarms = new PictureAlarms();
  run(alarms, times("black", 3));

  assert.deepEqual(told(30, alarms.trouble({ code: "scrambled", message: "the video is scrambled", sinceMs: 20_000 }, 30_000)), [
    "30 black off",
    "30 no_signal on",
  ]);
});

test("what cannot be decoded for ten seconds is a loss of the signal, and a single picture that fails is not", () => {
  const alarms = new PictureAlarms();
  assert.deepEqual(alarms.refused("invalid data", 1_000), []);
  // The next one is tried a minute later.
  assert.deepEqual(alarms.trouble(undefined, 60_000), []);
  run(alarms, ["moving"], 61);

  assert.deepEqual(alarms.refused("invalid data", 65_000), []);
  assert.deepEqual(alarms.refused("its host ended: crashed", 70_000), []);
  assert.deepEqual(alarms.refused("invalid data", 75_000), [
    { alarm: "no_signal", isRaised: true, why: "it cannot be decoded: invalid data" },
  ]);
  assert.deepEqual(alarms.refused("invalid data", 80_000), []);
});

test("when no pictures are wished for any more, what was wrong is taken back", () => {
  const alarms = new PictureAlarms();
  run(alarms, times("black", 3));

  assert.deepEqual(alarms.end(), [{ alarm: "black", isRaised: false }]);
  assert.deepEqual(alarms.alarms, []);
});
