import assert from "node:assert/strict";
import { test } from "node:test";
import { NEVER, instant } from "@bilbycast/foundation/time";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { HeapRing } from "@bilbycast/testkit/ring";
import { tsUnit } from "@bilbycast/testkit/streams";
import { DelayPacer } from "./delay-pacer.ts";

test("each packet may leave when its own delay is over and not before", () => {
  const ring = new HeapRing(new HeapMemory(), 65_536, 16);
  const pacer = new DelayPacer(100_000);
  assert.equal(pacer.due(ring, 0), NEVER);
  ring.publish(tsUnit(1), instant(1_000));
  ring.publish(tsUnit(2), instant(1_000));
  ring.publish(tsUnit(3), instant(1_500));

  assert.equal(pacer.due(ring, 0), 101_000);
  assert.equal(pacer.allow(ring, 0, instant(100_999)), 0);
  assert.equal(pacer.allow(ring, 0, instant(101_000)), 2);
  assert.equal(pacer.due(ring, 2), 101_500);
  assert.equal(pacer.allow(ring, 2, instant(101_499)), 2);
  assert.equal(pacer.allow(ring, 2, instant(200_000)), 3);
});

test("a pass that is late makes no packet behind it late", () => {
  const ring = new HeapRing(new HeapMemory(), 65_536, 16);
  const pacer = new DelayPacer(10_000);
  ring.publish(tsUnit(1), instant(0));
  ring.publish(tsUnit(2), instant(5_000));

  assert.equal(pacer.allow(ring, 0, instant(14_000)), 1);
  assert.equal(pacer.due(ring, 1), 15_000);
});
