import assert from "node:assert/strict";
import { test } from "node:test";
import { NULL_PID, PACKET_SIZE, pid, writeHeader, writePcr } from "@bilbycast/protocols/mpegts";
import { openInput } from "../input.ts";
import { configured, HandDriven } from "./hand-driven.ts";

/** A packet per millisecond on one PID, a PCR every 20 ms. */
const made = (packets: number, onPid: number, firstPcr = 0): Uint8Array => {
  const bytes = new Uint8Array(packets * PACKET_SIZE);
  for (let i = 0; i < packets; i++) {
    writeHeader(bytes, i * PACKET_SIZE, { pid: onPid, continuityCounter: i, ...(i % 20 === 0 ? { adaptationField: 7 } : {}) });
    if (i % 20 === 0) {
      writePcr(bytes, i * PACKET_SIZE, firstPcr + i * 27_000);
    }
  }
  return bytes;
};

const ts = (...names: string[]) => names.map((name) => ({ kind: "ts", name }));

const open = (context: HandDriven, input: unknown) => openInput(configured(input), context) as { close(): void };

const bitrate = (context: HandDriven): number => {
  const first = context.written[0];
  const last = context.written.at(-1);
  const bytes = context.written.slice(0, -1).reduce((sum, { unit }) => sum + unit.length, 0);
  return (bytes * 8e6) / ((last?.due ?? 0) - (first?.due ?? 0));
};

/** PIDs in the order in which they began to be played. */
const order = (context: HandDriven): number[] =>
  context.written.map(({ unit }) => pid(unit, 0)).filter((id, i, all) => id !== NULL_PID && id !== all[i - 1]);

test("a file is played in a loop at its own rate, 200 ms ahead and no more", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(1_000, 100));
  const input = open(context, { sources: ts("a.ts") });
  await context.pass(10_000_000);

  assert.ok(Math.abs(bitrate(context) / 1_504_000 - 1) < 0.001, `${bitrate(context)} bit/s`);
  assert.ok(context.written.every(({ due, at }) => due > at && due <= at + 200_000));
  assert.ok(context.written.every(({ due }, i) => i === 0 || due >= (context.written[i - 1]?.due ?? 0)));
  assert.equal(context.counts["loops"], 10);
  assert.equal(Math.floor((context.counts["bytesRead"] ?? 0) / 188_000), 10);
  assert.deepEqual(context.codes(), []);
  assert.equal(context.mostPendingReads, 1);
  input.close();
});

test("ts_packets_per_datagram is the size of the units", async () => {
  for (const packets of [1, 4, 7]) {
    const context = new HandDriven();
    context.files.set("a.ts", made(1_000, 100));
    open(context, { sources: ts("a.ts"), ts_packets_per_datagram: packets }).close();
    await context.pass(0);
    open(context, { sources: ts("a.ts"), ts_packets_per_datagram: packets });
    await context.pass(2_000_000);
    assert.equal(Math.max(...context.written.map(({ unit }) => unit.length)), packets * PACKET_SIZE);
  }
});

test("paced_bitrate_bps takes the place of the file's own rate", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(1_000, 100));
  open(context, { sources: ts("a.ts"), paced_bitrate_bps: 6_000_000 });
  await context.pass(5_000_000);

  assert.ok(Math.abs(bitrate(context) / 6_000_000 - 1) < 0.001, `${bitrate(context)} bit/s`);
});

test("without loop_playback the last source ends it, and an event says so when its last unit is due", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(500, 100));
  context.files.set("b.ts", made(500, 101));
  open(context, { sources: ts("a.ts", "b.ts"), loop_playback: false });
  await context.pass(900_000);
  assert.deepEqual(context.codes(), []);
  await context.pass(10_000_000);

  assert.deepEqual(order(context), [100, 101]);
  assert.equal(
    context.written.reduce((sum, { unit }) => sum + unit.length, 0),
    1_000 * PACKET_SIZE,
  );
  assert.deepEqual(context.codes(), ["media_player_playlist_exhausted"]);
  assert.equal(context.wakeAt, undefined);
  assert.equal(context.openFiles, 0);
});

test("sources follow each other in their order, and their index is a gauge", async () => {
  const context = new HandDriven();
  [100, 101, 102].forEach((id) => context.files.set(`${id}.ts`, made(500, id, id * 1e9)));
  open(context, { sources: ts("100.ts", "101.ts", "102.ts") });
  await context.pass(3_100_000);

  assert.deepEqual(order(context), [100, 101, 102, 100, 101, 102, 100]);
  assert.equal(context.counts["loops"], 2);
  assert.equal(context.counts["sourceIndex"], 0);
});

test("shuffle plays every source once per round, in other orders, none twice in a row", async () => {
  const context = new HandDriven();
  const ids = [100, 101, 102, 103, 104];
  ids.forEach((id) => context.files.set(`${id}.ts`, made(200, id)));
  open(context, { sources: ids.map((id) => ({ kind: "ts", name: `${id}.ts` })), shuffle: true });
  await context.pass(10_500_000);

  const rounds = Array.from({ length: 10 }, (_, i) => order(context).slice(i * 5, i * 5 + 5));
  rounds.forEach((round) => assert.deepEqual(round.toSorted(), ids));
  assert.ok(new Set(rounds.map(String)).size > 1);
});

test("a missing source is passed over, and reported once until it is back", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(500, 100));
  open(context, { sources: ts("a.ts", "b.ts") });
  await context.pass(3_000_000);
  assert.deepEqual(context.codes(), ["media_player_source_missing"]);
  assert.ok((context.counts["sourcesFailed"] ?? 0) > 3);
  assert.ok(Math.abs(bitrate(context) / 1_504_000 - 1) < 0.001);

  context.files.set("b.ts", made(500, 101));
  await context.pass(2_000_000);
  context.files.delete("b.ts");
  await context.pass(3_000_000);
  assert.deepEqual(context.codes(), ["media_player_source_missing", "media_player_source_missing"]);
});

test("when nothing can be played it tries again after 1, 2, 4 … 30 seconds, and plays as soon as it can", async () => {
  const context = new HandDriven();
  open(context, { sources: ts("a.ts") });
  await context.pass(1_000_000);
  assert.equal(context.opened.length, 2);
  await context.pass(2_000_000);
  assert.equal(context.opened.length, 3);
  await context.pass(300_000_000);
  assert.ok(context.opened.length <= 16, "too many tries");
  assert.deepEqual(context.codes(), ["media_player_source_missing"]);

  context.files.set("a.ts", made(500, 100));
  await context.pass(32_000_000);
  assert.ok(context.written.length > 0);
  assert.ok(context.written.every(({ due, at }) => due > at));
  assert.deepEqual(context.codes(), ["media_player_source_missing"]);
});

test("a file that vanishes between two loops and comes back leaves no late unit and no lag event", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(500, 100));
  open(context, { sources: ts("a.ts") });
  await context.pass(1_200_000);
  context.files.delete("a.ts");
  await context.pass(5_000_000);
  const before = context.written.length;
  context.files.set("a.ts", made(500, 100));
  await context.pass(5_000_000);

  assert.ok(context.written.length > before);
  assert.ok(context.written.every(({ due, at }, i) => due > at && due >= (context.written[i - 1]?.due ?? 0)));
  assert.deepEqual(context.codes(), ["media_player_source_missing"]);
});

test("an empty file and one of rubbish are passed over as unsupported", async () => {
  const context = new HandDriven();
  context.files.set("empty.ts", new Uint8Array(0));
  context.files.set("text.ts", new TextEncoder().encode("Goodness, Gracious, Great Balls of Fire. ".repeat(3_000)));
  context.files.set("a.ts", made(500, 100));
  open(context, { sources: ts("empty.ts", "text.ts", "a.ts") });
  await context.pass(2_000_000);

  assert.deepEqual(context.codes(), ["media_player_source_unsupported", "media_player_source_unsupported"]);
  assert.ok(Math.abs(bitrate(context) / 1_504_000 - 1) < 0.001);
  assert.ok((context.counts["skippedBytes"] ?? 0) > 100_000);
});

test("a read that fails ends its source, not the input", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(500, 100));
  let reads = 0;
  context.beforeRead = () => (++reads === 3 ? Promise.reject(new Error("disk on fire")) : Promise.resolve());
  open(context, { sources: ts("a.ts") });
  await context.pass(3_000_000);

  assert.deepEqual(context.codes(), ["media_player_failed"]);
  assert.deepEqual(context.failures, []);
  assert.ok(context.written.length > 300);
});

test("after a long sleep the pace begins anew, with one event, and one when it is kept again", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(1_000, 100));
  open(context, { sources: ts("a.ts") });
  await context.pass(1_000_000);
  const before = context.written.length;
  context.sleep(10_000_000);
  await context.pass(3_000_000);

  const after = context.written.slice(before);
  assert.ok(after.every(({ due, at }) => due > at && due <= at + 200_000));
  assert.ok(after.length < 700, `${after.length} units in 3 s`);
  assert.deepEqual(context.codes(), ["media_player_pacer_lagging"]);
  assert.equal(context.counts["reanchors"], 1);

  await context.pass(4_000_000);
  assert.deepEqual(context.codes(), ["media_player_pacer_lagging", "media_player_pacer_recovered"]);
});

test("a full way to the lane holds the player up and loses nothing", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(1_000, 100));
  context.capacity = 10;
  open(context, { sources: ts("a.ts"), loop_playback: false });
  await context.pass(200_000);
  assert.equal(context.written.length, 10);
  context.capacity = Infinity;
  await context.pass(5_000_000);

  assert.equal(
    context.written.reduce((sum, { unit }) => sum + unit.length, 0),
    188_000,
  );
});

test("closing during a read closes the file when the read is answered, and nothing more is written", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(1_000, 100));
  let answer = (): void => undefined;
  context.beforeRead = () => new Promise((resolve) => (answer = resolve));
  const input = open(context, { sources: ts("a.ts") });
  await context.pass(0);
  assert.equal(context.pendingReads, 1);

  input.close();
  assert.equal(context.openFiles, 1);
  answer();
  await context.pass(1_000_000);
  assert.equal(context.openFiles, 0);
  assert.equal(context.written.length, 0);
  assert.deepEqual(context.failures, []);
  assert.equal(context.wakeAt, undefined);
});

test("an error of ours ends the input", async () => {
  const context = new HandDriven();
  context.files.set("a.ts", made(1_000, 100));
  context.sink.write = () => {
    throw new Error("a bug");
  };
  open(context, { sources: ts("a.ts") });
  await context.pass(1_000_000);

  assert.equal(context.failures.length, 1);
  assert.equal(context.openFiles, 0);
});

test("damage inside a file is counted", async () => {
  const context = new HandDriven();
  const rejoined = made(500, 100, 1e10).subarray(5 * PACKET_SIZE);
  context.files.set("a.ts", new Uint8Array([...made(500, 100), ...rejoined]));
  open(context, { sources: ts("a.ts"), loop_playback: false });
  await context.pass(3_000_000);

  assert.equal(context.counts["pcrJumps"], 1);
  assert.equal(context.counts["continuityErrors"], 1);
});
