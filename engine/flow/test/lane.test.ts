import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, NEVER } from "@bilbycast/foundation/time";
import { Arena, Lane, type LaneTask } from "@bilbycast/engine/io";
import { ScriptedDriver } from "./scripted-driver.ts";

class Rig {
  readonly driver: ScriptedDriver;
  readonly lane: Lane;
  readonly told: string[] = [];

  constructor(tick: "auto" | number = 0) {
    const arena = new Arena(2 ** 20);
    this.driver = new ScriptedDriver(arena);
    this.lane = new Lane(arena, this.driver, tick, () => {});
    this.lane.run();
  }

  task(name: string, run: () => void = () => {}): LaneTask {
    return {
      run: () => {
        this.told.push(name);
        run();
      },
      failed: (cause) => void this.told.push(`${name} failed: ${(cause as Error).message}`),
    };
  }

  take(): string[] {
    return this.told.splice(0);
  }
}

const boom = (): void => {
  throw new TypeError("boom");
};

test("a pass does what came in first, then what is due, then what was put at its end", () => {
  const rig = new Rig();
  const reader = rig.task("reader");
  rig.lane.udp(
    { trains: false },
    rig.task("socket", () => rig.lane.atEnd(reader)),
  );
  const timer = rig.lane.timer(rig.task("timer"));
  timer.set(instant(rig.lane.now + 100));

  rig.driver.pass(99, rig.driver.sockets[0]);
  assert.deepEqual(rig.take(), ["socket", "reader"]);
  assert.equal(rig.lane.moved(), true);
  rig.driver.pass(1, rig.driver.sockets[0]);
  assert.deepEqual(rig.take(), ["socket", "timer", "reader"]);
  rig.driver.pass(1_000);

  assert.deepEqual(rig.take(), []);
  assert.equal(rig.lane.moved(), false);
  assert.equal(rig.lane.passes, 3);
});

test("what one task throws ends nobody else's turn", () => {
  const rig = new Rig();
  rig.lane.udp({ trains: false }, rig.task("socket", boom));
  const [first, second] = [rig.lane.timer(rig.task("first", boom)), rig.lane.timer(rig.task("second"))];
  first.set(rig.lane.now);
  second.set(instant(rig.lane.now + 1));
  rig.lane.atEnd(rig.task("bad reader", boom));
  rig.lane.atEnd(rig.task("good reader"));

  rig.driver.pass(1, rig.driver.sockets[0]);

  assert.deepEqual(rig.take(), [
    ...["socket", "socket failed: boom", "first", "first failed: boom", "second"],
    ...["bad reader", "bad reader failed: boom", "good reader"],
  ]);
});

test("a timer that is due again at once waits for the next pass, so that it cannot keep the lane to itself", () => {
  const rig = new Rig();
  let runs = 0;
  const timer = rig.lane.timer(
    rig.task("greedy", () => {
      runs++;
      // So that the test ends where the lane would not.
      assert.ok(runs < 100, "it has the lane to itself");
      timer.set(rig.lane.now);
    }),
  );
  timer.set(rig.lane.now);

  rig.driver.pass();
  rig.driver.pass(1);

  assert.equal(runs, 2);
  assert.ok(rig.lane.deadline() <= rig.lane.now + 1, "and the next pass follows at once");
});

test("a reader whose socket had no room is tried again in the next pass, within a millisecond", () => {
  const rig = new Rig();
  rig.lane.atEnd(rig.task("reader", () => rig.lane.soon(rig.task("retry"))));
  rig.driver.pass();
  assert.deepEqual(rig.take(), ["reader"]);
  assert.equal(rig.lane.deadline(), rig.lane.now + 1_000);

  rig.driver.pass(1_000);

  assert.deepEqual(rig.take(), ["retry"]);
  assert.equal(rig.lane.deadline(), NEVER);
});

test("a retry that is tried again waits for yet another pass", () => {
  const rig = new Rig();
  const again: LaneTask = rig.task("retry", () => rig.lane.soon(again));
  rig.lane.soon(again);
  rig.driver.pass(10);
  assert.deepEqual(rig.take(), ["retry"]);
  rig.driver.pass(10);
  assert.deepEqual(rig.take(), ["retry"]);
});

test("a timer that is closed is not called, and its place serves another", () => {
  const rig = new Rig();
  const gone = rig.lane.timer(rig.task("gone"));
  gone.set(rig.lane.now);
  gone.close();
  const heir = rig.lane.timer(rig.task("heir"));
  rig.driver.pass(10);
  assert.deepEqual(rig.take(), []);
  heir.set(rig.lane.now);
  rig.driver.pass();
  assert.deepEqual(rig.take(), ["heir"]);
});

test("a lane sleeps between passes when it is crowded, or as it is told", () => {
  const rig = new Rig("auto");
  rig.lane.crowd = 8;
  assert.equal(rig.lane.tick(), 0);
  rig.lane.crowd = 9;
  assert.equal(rig.lane.tick(), 1_000);
  assert.equal(new Rig(500).lane.tick(), 500);
});

test("a lane whose flows may all wait sleeps while enough comes in for it, and not otherwise", () => {
  const rig = new Rig("auto");
  const [first, second] = [{}, {}];
  rig.lane.letWait(first, 2_000);
  assert.equal(rig.lane.tick(), 0);
  rig.lane.took(200, false);
  rig.driver.pass(100_000);
  assert.equal(rig.lane.tick(), 2_000);

  rig.lane.letWait(second, 0);
  assert.equal(rig.lane.tick(), 0);
  rig.lane.letWait(second, Infinity);
  assert.equal(rig.lane.tick(), 2_000);
  rig.lane.letWait(second, undefined);
  rig.lane.took(199, false);
  rig.driver.pass(100_000);
  assert.equal(rig.lane.tick(), 0);
});

test("a patient lane waits for more whatever came, and no lane sleeps on datagrams that it has not read", () => {
  const rig = new Rig("auto");
  rig.lane.letWait({}, 2_000);
  rig.lane.udp({ trains: false }, rig.task("answer"));
  rig.driver.pass(1, rig.driver.sockets[0]);
  assert.equal(rig.lane.moved(), false);
  rig.lane.took(1_000, false);
  rig.driver.pass(100_000);

  rig.driver.pass(1, rig.driver.sockets[0]);
  assert.equal(rig.lane.moved(), true);
  rig.lane.took(16, true);
  assert.equal(rig.lane.moved(), false);
});
