import assert from "node:assert/strict";
import { test } from "node:test";
import { nextArming, restText, SAFE, type Arming, type ArmingAct } from "./arming.ts";

/** Plays acts at their times. */
const play = (...acts: [ArmingAct, number][]): Arming => acts.reduce<Arming>((at, [act, now]) => nextArming(at, act, now), SAFE);

test("a desk opens safe, and only arming arms it", () => {
  assert.equal(play(["use", 0], ["show", 1], ["tick", 2]).is, "safe");
  assert.equal(play(["arm", 0]).is, "armed");
});

test("it is safe again ten minutes after the last use, and not before", () => {
  assert.equal(play(["arm", 0], ["tick", 599_999]).is, "armed");
  assert.deepEqual(play(["arm", 0], ["tick", 600_000]), { is: "safe", why: "expired" });
  assert.equal(play(["arm", 0], ["use", 400_000], ["tick", 999_999]).is, "armed");
});

test("a use after the time does not arm it again", () => {
  assert.equal(play(["arm", 0], ["use", 600_001]).is, "safe");
});

test("a tab that was hidden for a minute is safe, and one that was hidden for less is not", () => {
  assert.equal(play(["arm", 0], ["hide", 10], ["show", 60_009]).is, "armed");
  assert.deepEqual(play(["arm", 0], ["hide", 10], ["show", 60_010]), { is: "safe", why: "hidden" });
  assert.deepEqual(play(["arm", 0], ["hide", 10], ["hide", 50_000], ["tick", 60_010]), { is: "safe", why: "hidden" });
});

test("two short looks elsewhere do not add up", () => {
  assert.equal(play(["arm", 0], ["hide", 0], ["show", 40_000], ["hide", 41_000], ["show", 80_000]).is, "armed");
});

test("a new connection and another director make it safe, and it says why", () => {
  assert.deepEqual(play(["arm", 0], ["reconnect", 5]), { is: "safe", why: "reconnected" });
  assert.deepEqual(play(["arm", 0], ["take-over", 5]), { is: "safe", why: "taken-over" });
});

test("nothing that changes nothing makes another object", () => {
  const armed = play(["arm", 0]);
  assert.equal(nextArming(armed, "tick", 5), armed);
  assert.equal(nextArming(SAFE, "reconnect", 5), SAFE);
});

test("the rest time is in minutes and whole seconds", () => {
  assert.equal(restText(581_000, 0), "09:41");
  assert.equal(restText(5, 100), "00:00");
  assert.equal(restText(600_000, -900), "10:00");
});
