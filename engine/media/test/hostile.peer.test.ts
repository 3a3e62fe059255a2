import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlive, waitFor } from "@bilbycast/testkit/peers";
import { integer, seeded } from "@bilbycast/testkit/random";
import type { VideoCodec } from "../jobs.ts";
import { keySpec, PictureSource, poolOf } from "./picture-rig.ts";
import { keyUnits, sampleVideo } from "./sample-video.ts";

const SEED = 2026;
const SIZE = "size=320x180:rate=25";
/** Broken units of each codec. */
const BROKEN = 150;

/** Bits of unsigned Exp-Golomb codes. H.264 §9.1. */
const ue = (value: number): string => {
  const bits = (value + 1).toString(2);
  return "0".repeat(bits.length - 1) + bits;
};

/** A sequence parameter set of H.264 (Baseline) whose picture has so many macroblocks across and down, and a picture parameter set. */
const parameterSets = (across: number, down: number): Uint8Array => {
  const bits = `${ue(0)}${ue(0)}${ue(2)}${ue(1)}0${ue(across - 1)}${ue(down - 1)}1100`;
  const padded = `${bits}1`.padEnd(Math.ceil((bits.length + 1) / 8) * 8, "0");
  const body = Array.from({ length: padded.length / 8 }, (_, i) => Number.parseInt(padded.slice(i * 8, i * 8 + 8), 2));
  return Uint8Array.from([
    0,
    0,
    0,
    1,
    0x67,
    66,
    0,
    51,
    ...body,
    0,
    0,
    0,
    1,
    0x68,
    0xce,
    0x38,
    0x80,
    0,
    0,
    0,
    1,
    0x65,
    0xb8,
    0x40,
    0,
    0x55,
    0x55,
  ]);
};

test(`seed ${SEED}: corrupt, cut and mixed units of every codec cost no more than the hosts that they kill, and a sound stream is decoded afterwards`, async () => {
  const random = seeded(SEED);
  const { pool, events } = poolOf({ jobsPerHost: 2 });
  const sound = keyUnits("h264", await sampleVideo("h264", `testsrc2=${SIZE}`, 2, 1));
  for (const codec of ["h264", "hevc", "mpeg2"] satisfies VideoCodec[]) {
    const units = keyUnits(codec, await sampleVideo(codec, `testsrc2=${SIZE}`, 4, 2));
    const source = new PictureSource(pool, codec, keySpec(codec));
    await source.opened;
    for (let i = 0; i < BROKEN; i++) {
      const unit = Uint8Array.from(units[integer(random, units.length)] ?? []);
      for (let flips = integer(random, 30); flips >= 0; flips--) {
        unit[integer(random, unit.length)] = integer(random, 256);
      }
      const cut = random() < 0.2 ? unit.subarray(0, integer(random, unit.length)) : unit;
      await source.ask(random() < 0.1 ? [cut, sound[0] ?? cut, cut] : [cut]);
      if (!source.isOpen) {
        await waitFor("the job to be opened again", () => source.isOpen, 40);
      }
    }
    source.close();
  }

  const source = new PictureSource(pool, "sound", keySpec("h264"));
  await source.opened;
  assert.ok("jpeg" in (await source.ask([sound[0] ?? new Uint8Array(0)])));
  // Whatever ended by it was named.
  for (const event of events) {
    if (event.event === "host_ended") {
      assert.equal(event.suspects.length, 1, JSON.stringify(event));
    }
  }
  await pool.stop();
});

test("pictures larger than any that exist are refused before memory is taken for them, and their host lives", async () => {
  const { pool, events } = poolOf();
  const source = new PictureSource(pool, "huge", keySpec("h264"));
  await source.opened;
  for (const [across, down] of [
    [1_024, 1_024],
    [4_000, 4_000],
    [65_535, 2],
    [1, 65_535],
  ] as const) {
    const answer = await source.ask([parameterSets(across, down)]);
    assert.ok("why" in answer && answer.why !== "", `${across} x ${down} macroblocks`);
  }

  assert.ok((pool.hosts[0]?.residentBytes ?? 0) < 512 * 1_048_576);
  assert.deepEqual(source.lost, []);
  assert.deepEqual(
    events.filter(({ event }) => event === "host_ended"),
    [],
  );
  await pool.stop();
});

test("a host that holds more memory than it may is ended, and so told", async () => {
  const { pool, events } = poolOf({ memoryLimit: 1_048_576 });
  const source = new PictureSource(pool, "greedy", keySpec("h264"));
  await waitFor("its end", () => source.lost.length > 0, 30);

  assert.match(source.lost[0] ?? "", /memory/);
  const [end] = events.flatMap((event) => (event.event === "host_ended" ? [event] : []));
  assert.deepEqual([end?.end.reason, end?.jobs], ["memory", ["greedy"]]);
  await pool.stop();
});

test("who was at work when its host hung gets one of its own until it is trusted again; the others share on", async () => {
  const [unit = new Uint8Array(0)] = keyUnits("h264", await sampleVideo("h264", `testsrc2=${SIZE}`, 2, 1));
  const { pool, events } = poolOf();
  const [first, second] = ["busy", "idle"].map((name) => new PictureSource(pool, name, keySpec("h264")));
  assert.ok(first !== undefined && second !== undefined);
  await Promise.all([first.opened, second.opened]);
  const [shared] = pool.hosts;
  process.kill(shared?.pid ?? 0, "SIGSTOP");
  const answer = await first.ask([unit]);

  assert.ok("why" in answer && /hung/.test(answer.why));
  const [end] = events.flatMap((event) => (event.event === "host_ended" ? [event] : []));
  assert.deepEqual([end?.end.reason, end?.suspects, end?.jobs.length], ["hung", ["busy"], 2]);
  assert.ok(!isAlive(shared?.pid ?? 0));
  await waitFor("both to be open again", () => first.isOpen && second.isOpen && pool.hosts.length === 2, 40);
  assert.deepEqual([first.isSuspect, second.isSuspect], [true, false]);
  for (let i = 0; i < 20; i++) {
    assert.ok("jpeg" in (await first.ask([unit])));
  }
  assert.equal(first.isSuspect, false);
  await pool.stop();
  assert.deepEqual(pool.hosts, []);
});
