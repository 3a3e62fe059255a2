import assert from "node:assert/strict";
import { test } from "node:test";
import { pid as pidOf, UNIT_SIZE } from "@bilbycast/protocols/mpegts";
import { EAGAIN, mediaOf, settle, StagedRig, stageStats } from "./staged-rig.ts";

test("what belongs to the program leaves in units of seven, and an incomplete one after 10 ms although nothing more comes", () => {
  const rig = new StagedRig();
  const output = rig.open({ program_number: 1 });
  settle(rig);
  const sent = Array.from({ length: 37 }, () => rig.pass(100, 1));

  assert.ok(output.datagrams.every(({ length }) => length === UNIT_SIZE));
  assert.ok(mediaOf(output.datagrams).length < mediaOf(sent).length, "the last ones wait");
  assert.ok(rig.lane.deadline() <= rig.lane.now + 10_000);
  rig.pass(10_000);

  assert.deepEqual(mediaOf(output.datagrams), mediaOf(sent));
  assert.equal(rig.lane.deadline(), Infinity);
  assert.deepEqual(rig.died, []);
});

test("while the socket has no room packets wait in the stage's ring and on the bus; then each leaves once, in order", () => {
  const rig = new StagedRig();
  const output = rig.open({ pid_map: { "258": 4_000 } });
  settle(rig);
  output.results.push(3, ...Array.from({ length: 30 }, () => -EAGAIN));
  const sent = Array.from({ length: 20 }, () => rig.pass(100, 3));
  const few = output.datagrams.length;
  output.results.length = 0;
  rig.pass(1_000);

  assert.ok(few <= 3);
  const isMedia = (pid: number): boolean => pid === 0x101 || pid === 0x103;
  const pick = (parts: readonly Uint8Array[]): string[] => mediaOf(parts).filter((text) => isMedia(pidOf(Buffer.from(text, "base64"), 0)));
  assert.deepEqual(pick(output.datagrams), pick(sent));
  assert.equal(rig.count("packetsDropped"), 0);
  assert.ok(rig.count("sendBlocked") > 0);
});

test("a socket that stays full costs the output its oldest packets, counted, and the bus nothing", () => {
  const rig = new StagedRig();
  const output = rig.open({ program_number: 1 }, 16);
  settle(rig);
  output.results.push(...Array.from({ length: 2_000 }, () => -EAGAIN));
  for (let i = 0; i < 400; i++) {
    rig.pass(100, 2);
  }

  assert.equal(output.datagrams.length, 0);
  assert.ok(rig.count("packetsDropped") > 100);
  assert.deepEqual(rig.died, []);
});

test("between an output and the one that takes its place no packet of the program is lost or sent twice", () => {
  const rig = new StagedRig();
  const old = rig.open({ program_number: 1 });
  settle(rig);
  const sent = Array.from({ length: 31 }, () => rig.pass(100, 1));
  const young = rig.replace({ program_number: 1, dscp: 10 } as never);
  assert.equal(old.closed, true);
  sent.push(...Array.from({ length: 31 }, () => rig.pass(100, 1)));
  rig.pass(10_000);

  assert.ok(mediaOf(young.datagrams).length > 20);
  assert.deepEqual([...mediaOf(old.datagrams), ...mediaOf(young.datagrams)], mediaOf(sent));
  assert.deepEqual([pidOf(young.datagrams[0] ?? new Uint8Array(3), 0)], [0], "its first packet is the PAT");
});

test("an output with a stage takes the place of one without, and the other way round", () => {
  const rig = new StagedRig();
  const plain = rig.open({});
  settle(rig);
  const sent = Array.from({ length: 10 }, () => rig.pass(100, 1));
  const mapped = rig.replace({ pid_map: { "512": 4_000 } });
  sent.push(...Array.from({ length: 10 }, () => rig.pass(100, 1)));

  assert.deepEqual([...mediaOf(plain.datagrams), ...mediaOf(mapped.datagrams)], mediaOf(sent));
});

test("a constant rate wakes the lane for each unit, at its time", () => {
  const rig = new StagedRig();
  // 7 packets in 2 ms.
  const output = rig.open({ cbr_pad_to_kbps: 5_264 });
  rig.pass(0, 1);
  const start = rig.lane.now;
  const times: number[] = [];
  for (let i = 1; i <= 20; i++) {
    times.push(rig.lane.deadline() - start);
    rig.pass(rig.lane.deadline() - rig.lane.now);
  }

  assert.deepEqual(
    times,
    Array.from({ length: 20 }, (_, i) => (i + 1) * 2_000),
  );
  assert.equal(output.datagrams.length, 21);
  assert.ok(output.datagrams.every(({ length }) => length === UNIT_SIZE));
});

test("a delay comes first: packets wait on the bus for it, and their program is taken out when they leave", () => {
  const rig = new StagedRig();
  const output = rig.open({ program_number: 1, delay: 20_000 });
  settle(rig);
  rig.pass(30_000);
  rig.pass(10_000);
  output.datagrams.length = 0;
  const sent = rig.pass(0, 30);
  rig.pass(19_999);
  assert.equal(output.datagrams.length, 0);
  assert.equal(rig.lane.deadline(), rig.lane.now + 1);

  rig.pass(1);
  assert.ok(mediaOf(output.datagrams).length > 20);
  rig.pass(10_000);
  assert.deepEqual(mediaOf(output.datagrams), mediaOf([sent]));
});

test("a constant rate behind a delay takes nobody for late", () => {
  const rig = new StagedRig();
  const output = rig.open({ cbr_pad_to_kbps: 5_264, delay: 60_000 });
  for (let i = 0; i < 60; i++) {
    rig.pass(2_500, 1);
  }

  assert.ok(output.datagrams.length > 40);
  assert.equal(stageStats.padOverrun.value, 0);
});

test("closing an output gives back what its stage reserved", () => {
  const rig = new StagedRig();
  const before = rig.arena.used;
  rig.open({ program_number: 1, cbr_pad_to_kbps: 1_000 });
  rig.pass(0, 3);
  void rig.host.execute({ do: "closeFlow", flowId: "f" });

  assert.equal(rig.arena.used, before);
  rig.pass(100_000);
  assert.equal(rig.lane.deadline(), Infinity);
});
