import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { NUMBERED } from "@bilbycast/protocols/seamless";
import { FailoverRig } from "@bilbycast/testkit/rig";

const SECOND = 1_000_000;

test("the path that is heard first passes, the other one is counted and dropped, until the first has been silent for a second", () => {
  const rig = new FailoverRig();
  assert.deepEqual(rig.receive(1, [1, 2], 0), [1, 2]);
  assert.deepEqual(rig.receive(0, [1, 2, 3], 1_000), []);
  assert.deepEqual(rig.receive(0, [4], SECOND - 1), []);
  assert.deepEqual(rig.receive(0, [5, 6], SECOND), [5, 6]);
  assert.deepEqual(rig.receive(1, [6, 7], SECOND + 1), []);

  assert.deepEqual(rig.changes, [
    [1, undefined],
    [0, 1],
  ]);
  const figures = rig.counters.map(({ packetsReceived, packetsForwarded, packetsDuplicate }) => [
    packetsReceived.value,
    packetsForwarded.value,
    packetsDuplicate.value,
  ]);
  assert.deepEqual(figures, [
    [6, 2, 4],
    [4, 2, 2],
  ]);
  assert.equal(rig.counters[0].bytesReceived.value, 6 * 1_316);
  assert.equal(rig.close(), 0);
});

test("a path is down when it has brought nothing for a second, which its deadline sees to", () => {
  const rig = new FailoverRig();
  rig.receive(0, [1], 500);
  assert.equal(rig.paths[0].deadline, SECOND + 500);
  assert.equal(rig.counters[0].isUp.value, 1);
  rig.expire(0, SECOND + 499);
  assert.equal(rig.counters[0].isUp.value, 1);
  rig.expire(0, SECOND + 500);
  assert.equal(rig.counters[0].isUp.value, 0);
  assert.equal(rig.paths[0].deadline, Infinity);
  assert.equal(rig.close(), 0);
});

test("what a path had begun leaves in its time although it passes no more", () => {
  const rig = new FailoverRig();
  assert.deepEqual(rig.receive(0, [1], 0, 2), []);
  assert.equal(rig.paths[0].deadline, 10_000);
  assert.deepEqual(rig.expire(0, 10_000), [1]);
  assert.equal(rig.close(), 0);
});

test("numbered packets hold plain ones off while they come, and the other way round", () => {
  const rig = new FailoverRig();
  assert.equal(rig.active.admits(NUMBERED, instant(0)), true);
  assert.deepEqual(rig.receive(0, [1], 500_000), []);
  assert.deepEqual(rig.receive(0, [2], SECOND), [2]);
  assert.equal(rig.active.admits(NUMBERED, instant(SECOND + 999_999)), false);
  assert.equal(rig.active.admits(NUMBERED, instant(2 * SECOND)), true);
  assert.equal(rig.close(), 0);
});
