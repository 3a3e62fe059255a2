import assert from "node:assert/strict";
import { test } from "node:test";
import { UNIT_SIZE } from "@bilbycast/protocols/mpegts";
import { EAGAIN, mediaOf, settle, StagedRig } from "./staged-rig.ts";

const twoLegs = (config: Parameters<StagedRig["open"]>[0], queue?: number) => {
  const rig = new StagedRig();
  rig.open({ ...config, legs: 2 }, queue);
  const [red, blue] = rig.legs;
  assert.ok(red !== undefined && blue !== undefined);
  settle(rig);
  return { rig, red, blue };
};

for (const config of [{ program_number: 1 }, { pid_map: { "512": 4_000 } }, { cbr_pad_to_kbps: 50_000 }]) {
  test(`two legs of one stage send the same bytes (${JSON.stringify(config)})`, () => {
    const { rig, red, blue } = twoLegs(config);
    const sent = Array.from({ length: 50 }, () => rig.pass(1_000, 3));
    rig.pass(10_000);
    rig.pass(60_000);

    assert.deepEqual(mediaOf(red.datagrams), mediaOf(sent));
    assert.deepEqual(blue.datagrams, red.datagrams);
    assert.deepEqual(rig.died, []);
  });
}

test("a burst that is longer than the stage's ring reaches both legs whole", () => {
  const { rig, red, blue } = twoLegs({ pid_map: { "512": 4_000 } }, 512);
  const sent = Array.from({ length: 5 }, () => rig.pass(0, 60));

  assert.deepEqual(mediaOf(red.datagrams), mediaOf(sent));
  assert.deepEqual(blue.datagrams, red.datagrams);
});

test("a leg whose socket stays full loses its own packets, counted, and the other one none", () => {
  const { rig, red, blue } = twoLegs({ program_number: 1 });
  blue.results.push(...Array.from({ length: 5_000 }, () => -EAGAIN));
  const sent = Array.from({ length: 400 }, () => rig.pass(1_000, 3));
  rig.pass(10_000);

  assert.deepEqual(mediaOf(red.datagrams), mediaOf(sent));
  assert.equal(blue.datagrams.length, 0);
  assert.ok(rig.count("packetsDropped") > 100);

  blue.results.length = 0;
  red.datagrams.length = 0;
  const rest = Array.from({ length: 20 }, () => rig.pass(1_000, 3));
  rig.pass(10_000);
  const late = mediaOf(blue.datagrams);
  assert.deepEqual(mediaOf(red.datagrams), mediaOf(rest));
  assert.deepEqual(late.slice(-mediaOf(rest).length), mediaOf(rest), "it goes on with what is there, and then with what comes");
});

test("while neither leg has room packets wait, and then leave by both, each once", () => {
  const { rig, red, blue } = twoLegs({ pid_map: { "512": 4_000 } });
  for (const leg of [red, blue]) {
    leg.results.push(...Array.from({ length: 60 }, () => -EAGAIN));
  }
  const sent = Array.from({ length: 15 }, () => rig.pass(100, 3));
  const few = red.datagrams.length;
  for (const leg of [red, blue]) {
    leg.results.length = 0;
  }
  rig.pass(1_000);

  assert.equal(few, 0);
  assert.deepEqual(mediaOf(red.datagrams), mediaOf(sent));
  assert.deepEqual(blue.datagrams, red.datagrams);
  assert.equal(rig.count("packetsDropped"), 0);
});

test("two legs take the place of one, and one that of two: nothing of the program is lost or sent twice, the tables are told once", () => {
  const rig = new StagedRig();
  const old = rig.open({ program_number: 1 });
  settle(rig);
  const sent = Array.from({ length: 31 }, () => rig.pass(100, 1));
  const blue = rig.replace({ program_number: 1, legs: 2 });
  const red = rig.driver.sockets.at(-2);
  assert.ok(red !== undefined);
  sent.push(...Array.from({ length: 31 }, () => rig.pass(100, 1)));
  rig.pass(10_000);

  assert.deepEqual([...mediaOf(old.datagrams), ...mediaOf(red.datagrams)], mediaOf(sent));
  assert.deepEqual(blue.datagrams, red.datagrams);
});

test("closing an output gives back what the stage of its legs reserved", () => {
  const rig = new StagedRig();
  const before = rig.arena.used;
  rig.open({ program_number: 1, cbr_pad_to_kbps: 1_000, legs: 2 });
  rig.pass(0, 3);
  assert.ok(rig.legs.every(({ datagrams }) => datagrams.every(({ length }) => length <= UNIT_SIZE)));
  void rig.host.execute({ do: "closeFlow", flowId: "f" });

  assert.equal(rig.arena.used, before);
});
