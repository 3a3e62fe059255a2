import assert from "node:assert/strict";
import { test } from "node:test";
import { paceOf, type Arrival } from "./pace.ts";

/** Seven seconds of a datagram every 2 ms; `late` says how late each comes. */
const stream = (speed: number, late: (meant: number) => number): Arrival[] =>
  Array.from({ length: 3_500 }, (_, i) => ({ meant: i * 2 * speed, came: 9_000 + i * 2 + late(i * 2) }));

const isNear = (value: number, wanted: number, by: number): boolean => Math.abs(value - wanted) < by;

test("a clock's speed is told, as late as most of what it sent comes", () => {
  const noise = (meant: number): number => (meant % 100 === 0 ? 0 : ((meant * 7_919) % 83) / 2);
  for (const speed of [0.97, 1, 1.03]) {
    const { pace, stray } = paceOf(stream(speed, noise));
    assert.ok(isNear(pace, speed, 0.001) && stray < 2, `${pace} for ${speed}, ${stray} ms`);
  }
});

test("a machine that stood for a second and caught up changes nothing", () => {
  const { pace, stray } = paceOf(stream(1, (meant) => (meant > 3_000 && meant < 4_000 ? 4_000 - meant : 0)));
  assert.ok(isNear(pace, 1, 0.001) && stray < 1, `${pace}, ${stray} ms`);
});

test("a sender that sends two seconds at a time strays", () => {
  const { stray } = paceOf(stream(1, (meant) => 2_000 - (meant % 2_000)));
  assert.ok(stray > 200, `${stray} ms`);
});

test("what is too short is not judged", () => {
  assert.throws(() => paceOf(stream(1, () => 0).slice(0, 700)), /too few/);
});
