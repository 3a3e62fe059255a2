import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { CheckFailed } from "@bilbycast/foundation/check";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { NEVER, instant } from "@bilbycast/foundation/time";
import { Arena } from "../arena.ts";
import { LENT_SLOT, LentRing, LentRingWriter } from "../lent-ring.ts";
import { unitOf } from "./lent-writer.ts";

class Rig {
  readonly arena = new Arena(2 ** 20);
  readonly ring: LentRing;
  readonly writer: LentRingWriter;
  readonly batch: PacketBatch;
  wakes = 0;

  constructor(packets = 8, rows = 64) {
    this.ring = new LentRing(this.arena, packets);
    this.writer = new LentRingWriter(this.arena.memory.buffer, this.ring.layout, () => this.wakes++);
    this.batch = new PacketBatch(rows);
  }

  write(n: number, due: number): boolean {
    return this.writer.write(unitOf(n), instant(due));
  }

  /** Numbers of the units that are due; `undefined` in the place of one whose bytes are wrong. */
  take(now: number): (number | undefined)[] {
    this.batch.clear();
    const bytes = this.ring.take(instant(now), this.batch);
    const units = Array.from({ length: this.batch.count }, (_, i) => {
      const at = this.batch.offset[i] ?? 0;
      return this.arena.bytes.slice(at, at + (this.batch.length[i] ?? 0));
    });
    assert.equal(
      bytes,
      units.reduce((sum, unit) => sum + unit.length, 0),
    );
    return units.map((unit) => {
      const n = new DataView(unit.buffer).getUint32(0);
      return Buffer.compare(unit, unitOf(n)) === 0 ? n : undefined;
    });
  }
}

test("a unit comes out when it is due and not before, and the next deadline is that of the oldest", () => {
  const rig = new Rig();
  for (const [n, due] of [10, 20, 20, 30].entries()) {
    assert.equal(rig.write(n, due), true);
  }
  assert.deepEqual(rig.take(1_000), [], "what was not flushed is not seen");

  rig.writer.flush();

  assert.deepEqual(rig.take(9), []);
  assert.equal(rig.ring.deadline, 10);
  assert.deepEqual(rig.take(20), [0, 1, 2]);
  assert.equal(rig.ring.deadline, 30);
  rig.ring.release();
  assert.deepEqual(rig.take(30), [3]);
  rig.ring.release();
  assert.equal(rig.ring.deadline, NEVER);
});

test("a batch with less room takes the rest at the next time", () => {
  const rig = new Rig(8, 3);
  for (let n = 0; n < 5; n++) {
    rig.write(n, 0);
  }
  rig.writer.flush();
  assert.deepEqual(rig.take(0), [0, 1, 2]);
  assert.equal(rig.ring.deadline, 0);
  rig.ring.release();
  assert.deepEqual(rig.take(0), [3, 4]);
});

test("there is room for as many units as the ring has slots, and again when the lane gave them back", () => {
  const rig = new Rig(8);
  for (let n = 0; n < 8; n++) {
    assert.equal(rig.writer.room(), 8 - n);
    assert.equal(rig.write(n, n), true);
  }
  assert.equal(rig.writer.room(), 0);
  assert.equal(rig.write(8, 8), false);
  rig.writer.flush();

  assert.deepEqual(rig.take(2), [0, 1, 2]);
  assert.equal(rig.writer.room(), 0, "what the lane looks at is not written over");
  rig.ring.release();

  assert.equal(rig.writer.room(), 3);
  assert.equal(rig.write(8, 8), true);
  rig.writer.flush();
  assert.deepEqual(rig.take(100), [3, 4, 5, 6, 7, 8]);
});

test("the lane is woken once after it ran dry, and never while it has something to wait for", () => {
  const rig = new Rig();
  rig.write(0, 10);
  rig.writer.flush();
  assert.equal(rig.wakes, 0, "nobody waits yet");
  assert.deepEqual(rig.take(0), []);
  rig.ring.release();
  rig.write(1, 20);
  rig.writer.flush();
  assert.equal(rig.wakes, 0, "the lane knows when it has to look again");

  rig.take(20);
  rig.ring.release();
  assert.equal(rig.ring.deadline, NEVER);
  rig.write(2, 30);
  assert.equal(rig.wakes, 0);
  rig.writer.flush();
  rig.write(3, 30);
  rig.writer.flush();

  assert.equal(rig.wakes, 1);
});

test("what is written while the lane falls asleep is not left lying", () => {
  const rig = new Rig();
  rig.take(0);
  rig.write(0, 5);
  rig.writer.flush();
  assert.equal(rig.wakes, 0);

  rig.ring.release();

  assert.equal(rig.ring.deadline, 5);
});

test("a unit that fits no slot is a bug of ours", () => {
  const rig = new Rig();
  assert.equal(rig.writer.write(new Uint8Array(LENT_SLOT), instant(0)), true);
  assert.throws(() => rig.writer.write(new Uint8Array(LENT_SLOT + 1), instant(0)), CheckFailed);
});

test("a ring that is closed gives all its memory back", () => {
  const arena = new Arena(2 ** 20);
  const { used } = arena;
  const ring = new LentRing(arena, 64);
  assert.ok(arena.used > used);
  ring.close();
  assert.equal(arena.used, used);
});

test("100 000 units of a session in another thread arrive once, in order and whole, and the lane that sleeps is always woken", async () => {
  const count = 100_000;
  const rig = new Rig(64, 50);
  const { port1, port2 } = new MessageChannel();
  rig.ring.release();
  const worker = new Worker(new URL("lent-writer.ts", import.meta.url), {
    workerData: { buffer: rig.arena.memory.buffer, layout: rig.ring.layout, count, port: port2 },
    transferList: [port2],
  });
  const wakes = { now: 0, listeners: [] as (() => void)[] };
  port1.on("message", () => {
    wakes.now++;
    wakes.listeners.splice(0).forEach((resolve) => resolve());
  });
  const ended = new Promise<number>((resolve) => worker.on("exit", resolve));

  let next = 0;
  let heard = 0;
  while (next < count) {
    for (const n of rig.take(NEVER - 1)) {
      assert.equal(n, next);
      next++;
    }
    rig.ring.release();
    if (rig.ring.deadline === NEVER && next < count && wakes.now === heard) {
      await new Promise<void>((resolve) => wakes.listeners.push(resolve));
    }
    heard = wakes.now;
  }

  assert.equal(await ended, 0);
  assert.deepEqual(rig.take(NEVER), []);
  port1.close();
});
