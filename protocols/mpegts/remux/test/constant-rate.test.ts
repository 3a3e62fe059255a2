import assert from "node:assert/strict";
import { test } from "node:test";
import { NULL_PID, PAT_PID, pid as pidOf } from "@bilbycast/protocols/mpegts";
import { Mux, threePrograms } from "@bilbycast/testkit/streams";
import { byPid, joined, packetsOf, StageRig } from "./stage-rig.ts";

const SEED = 43;
/** 7 packets in 2 ms. */
const RATE = 5_264_000;
const UNIT_US = 2_000;

const withoutNulls = (bytes: Uint8Array): Uint8Array => joined(packetsOf(bytes).filter((packet) => pidOf(packet, 0) !== NULL_PID));

/** `bits` per second into a stage for `units` units of seven packets. */
const run = (rig: StageRig, mux: Mux, bits: number, units: number): Uint8Array =>
  rig.feed(mux.packets(units * 7), (1_316 * 8 * 1e6) / bits);

for (const bits of [500_000, 2_000_000, 4_900_000]) {
  test(`${bits} bit/s leave as ${RATE}: a full unit at each point of the grid, the source's packets in their order, bit for bit (seed ${SEED})`, () => {
    const mux = new Mux({ programs: threePrograms() }, SEED);
    const rig = new StageRig({}, RATE);
    const sent = run(rig, mux, bits, 400);
    const grid = rig.left.splice(0);

    const start = grid[0]!.at;
    assert.deepEqual(
      grid.filter(({ at, arrival, bytes }, i) => arrival !== at || at !== start + i * UNIT_US || bytes.length !== 1_316).length,
      0,
      "every 2 ms, to the microsecond, and stamped so",
    );
    const out = joined([...grid.map(({ bytes }) => bytes), rig.take()]);
    const passed = withoutNulls(out);
    assert.equal(Buffer.compare(passed, withoutNulls(sent).subarray(0, passed.length)), 0);
    // What is missing waits for its place: PATIENCE at the most.
    assert.ok(withoutNulls(sent).length - passed.length <= 0.06 * (bits / 8) + 1_316);
    assert.equal(rig.counts.nullsInserted.value, byPid(out).get(NULL_PID)?.length ?? 0, "the source's own null packets are gone");
    assert.equal(rig.counts.padOverrun.value, 0);
    rig.close();
    assert.equal(rig.memory.outstanding, 0);
  });
}

test("a source that is faster loses nothing; what goes beyond the rate is counted", () => {
  const mux = new Mux({ programs: threePrograms(), nulls: 0 }, SEED);
  const rig = new StageRig({}, RATE);
  const sent = run(rig, mux, 2 * RATE, 2_000);
  const beyond = rig.counts.padOverrun.value;
  rig.wait(300_000);
  const out = rig.take();

  assert.equal(Buffer.compare(withoutNulls(out), sent), 0);
  // Half of what came, less what waited for its place.
  assert.ok(beyond > 0.9 * 7_000 && beyond <= 7_000, `${beyond}`);
});

test("a burst within 50 ms of packets is smoothed onto the grid", () => {
  const mux = new Mux({ programs: threePrograms(), nulls: 0 }, SEED);
  const rig = new StageRig({}, RATE);
  rig.feed(mux.packets(7 * 20));
  rig.wait(100_000);

  const gaps = rig.left.map(({ at }, i) => at - (rig.left[i - 1]?.at ?? at)).slice(1);
  assert.ok(
    gaps.every((gap) => gap === UNIT_US),
    gaps.join(),
  );
  assert.equal(rig.counts.padOverrun.value, 0);
});

test("a filtered program is made up to its rate, and while it is absent nothing leaves, not even null packets", () => {
  const programs = threePrograms();
  const mux = new Mux({ programs }, SEED);
  const rig = new StageRig({ programNumber: 2 }, RATE);
  run(rig, mux, 10_000_000, 400);
  const out = rig.take();
  assert.deepEqual(
    [...byPid(out).keys()].toSorted((a, b) => a - b),
    [PAT_PID, 0x200, 0x201, 0x202, NULL_PID],
  );

  mux.made = { programs: programs.slice(0, 1), patVersion: 1 };
  run(rig, mux, 10_000_000, 100);
  rig.take();
  run(rig, mux, 10_000_000, 400);
  rig.wait(2_000_000);
  assert.equal(rig.take().length, 0);
  assert.equal(rig.stage.deadline, Infinity);

  mux.made = { programs, patVersion: 2 };
  run(rig, mux, 10_000_000, 400);
  assert.ok(rig.take().length > 100_000);
});

test("a second without a packet ends the null packets: the source is gone; the grid begins anew with the next one", () => {
  const mux = new Mux({ programs: threePrograms() }, SEED);
  const rig = new StageRig({}, RATE);
  rig.feed(mux.packets(7));
  rig.wait(3_000_000);
  const last = rig.left.at(-1)!.at - rig.left[0]!.at;
  assert.ok(last >= 1_000_000 && last <= 1_000_000 + 2 * UNIT_US, `${last}`);
  assert.equal(rig.stage.deadline, Infinity);

  rig.left.length = 0;
  rig.wait(777);
  rig.feed(mux.packets(7));
  assert.equal(rig.left[0]?.at, rig.now);
});

test("a lane that comes late makes up for what it missed, but not for more than 100 ms", () => {
  const mux = new Mux({ programs: threePrograms() }, SEED);
  const rig = new StageRig({}, RATE);
  rig.feed(mux.packets(7));
  rig.left.length = 0;
  rig.now += 50_000;
  rig.work();
  assert.equal(rig.left.length, 25);

  rig.left.length = 0;
  rig.now += 500_000;
  rig.work();
  assert.equal(rig.left.length, 1);
});

test("a low rate is sent in short units, at least one every 20 ms", () => {
  const mux = new Mux({ programs: threePrograms() }, SEED);
  const rig = new StageRig({}, 100_000);
  rig.feed(mux.packets(7));
  rig.wait(900_000);

  assert.ok(rig.left.length > 45);
  assert.ok(rig.left.every(({ bytes }) => bytes.length === 188));
});
