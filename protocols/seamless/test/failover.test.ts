import assert from "node:assert/strict";
import { test } from "node:test";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { TsUnits } from "@bilbycast/protocols/mpegts";
import { ActivePath, FailoverPath, NUMBERED, type Carrier } from "@bilbycast/protocols/seamless";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { pathCounters, tallies } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";

const SECOND = 1_000_000;

const rig = () => {
  const memory = new HeapMemory(8 * 2 ** 20);
  const intake = new TestIntake(memory);
  const wire = new RecordingWire(memory);
  const out = new PacketBatch(256);
  const changes: [Carrier, Carrier | undefined][] = [];
  const active = new ActivePath((to, from) => void changes.push([to, from]));
  const counters = [pathCounters(), pathCounters()] as const;
  const units = () => new TsUnits(memory, tallies("notTs", "resyncs", "rtpStripped", "regrouped", "overflowed"));
  const paths = [new FailoverPath(0, active, units(), counters[0]), new FailoverPath(1, active, units(), counters[1])] as const;
  const call = (run: () => void): number[] => {
    out.clear();
    run();
    const marks = bytesOf(memory, out).map(markOf);
    intake.clear();
    return marks;
  };
  return {
    active,
    changes,
    counters,
    paths,
    receive: (path: 0 | 1, marks: readonly number[], now: number, packets = 7) =>
      call(() => {
        marks.forEach((mark) => intake.add(tsUnit(mark, packets)));
        paths[path].receive(intake.batch, instant(now), out, wire);
      }),
    expire: (path: 0 | 1, now: number) => call(() => paths[path].expire(instant(now), out, wire)),
    close: (): number => {
      paths.forEach((path) => path.close());
      wire.close();
      intake.close();
      return memory.outstanding;
    },
  };
};

test("the path that is heard first passes, the other one is counted and dropped, until the first has been silent for a second", () => {
  const { receive, counters, changes, close } = rig();
  assert.deepEqual(receive(1, [1, 2], 0), [1, 2]);
  assert.deepEqual(receive(0, [1, 2, 3], 1_000), []);
  assert.deepEqual(receive(0, [4], SECOND - 1), []);
  assert.deepEqual(receive(0, [5, 6], SECOND), [5, 6]);
  assert.deepEqual(receive(1, [6, 7], SECOND + 1), []);

  assert.deepEqual(changes, [
    [1, undefined],
    [0, 1],
  ]);
  const figures = counters.map(({ packetsReceived, packetsForwarded, packetsDuplicate }) => [
    packetsReceived.value,
    packetsForwarded.value,
    packetsDuplicate.value,
  ]);
  assert.deepEqual(figures, [
    [6, 2, 4],
    [4, 2, 2],
  ]);
  assert.equal(counters[0].bytesReceived.value, 6 * 1_316);
  assert.equal(close(), 0);
});

test("a path is down when it has brought nothing for a second, which its deadline sees to", () => {
  const { receive, expire, paths, counters, close } = rig();
  receive(0, [1], 500);
  assert.equal(paths[0].deadline, SECOND + 500);
  assert.equal(counters[0].isUp.value, 1);
  expire(0, SECOND + 499);
  assert.equal(counters[0].isUp.value, 1);
  expire(0, SECOND + 500);
  assert.equal(counters[0].isUp.value, 0);
  assert.equal(paths[0].deadline, Infinity);
  assert.equal(close(), 0);
});

test("what a path had begun leaves in its time although it passes no more", () => {
  const { receive, expire, paths, close } = rig();
  assert.deepEqual(receive(0, [1], 0, 2), []);
  assert.equal(paths[0].deadline, 10_000);
  assert.deepEqual(expire(0, 10_000), [1]);
  assert.equal(close(), 0);
});

test("numbered packets hold plain ones off while they come, and the other way round", () => {
  const { active, receive, close } = rig();
  assert.equal(active.admits(NUMBERED, instant(0)), true);
  assert.deepEqual(receive(0, [1], 500_000), []);
  assert.deepEqual(receive(0, [2], SECOND), [2]);
  assert.equal(active.admits(NUMBERED, instant(SECOND + 999_999)), false);
  assert.equal(active.admits(NUMBERED, instant(2 * SECOND)), true);
  assert.equal(close(), 0);
});
