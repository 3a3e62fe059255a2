import assert from "node:assert/strict";
import { test } from "node:test";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { areWholePackets, PACKET_SIZE } from "../packet.ts";
import { Playout } from "../playout.ts";
import { TsUnits } from "../units.ts";
import { Count, HeapMemory } from "./heap-memory.ts";
import { makeStream } from "./made-stream.ts";
import { play } from "./played.ts";

/** xorshift32: the same numbers for the same seed. */
const seeded = (seed: number): ((below: number) => number) => {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
};

/** Bits flipped, stretches cut out, repeated or overwritten. */
const mutated = (file: Uint8Array, random: (below: number) => number): Uint8Array => {
  let bytes = file.slice();
  for (let i = random(30); i > 0; i--) {
    const at = random(bytes.length);
    const length = random(3) === 0 ? random(2_000) : random(200);
    const kind = random(4);
    if (kind === 0) {
      bytes[at] = random(256);
    } else if (kind === 1) {
      bytes.copyWithin(at, random(bytes.length), random(bytes.length));
    } else if (kind === 2) {
      bytes.copyWithin(at, at + length);
      bytes = bytes.subarray(0, Math.max(1, bytes.length - length));
    } else {
      bytes.fill(random(256), at, at + length);
    }
  }
  return bytes;
};

test("seed 1: 20 000 mutated datagrams give whole packets only, and every byte is accounted for", () => {
  const random = seeded(1);
  const stream = makeStream({ packets: 400 });
  const memory = new HeapMemory(2 << 20);
  const slots = memory.reserve(1 << 19);
  const counts = { notTs: new Count(), resyncs: new Count(), rtpStripped: new Count(), regrouped: new Count(), overflowed: new Count() };
  const units = new TsUnits(memory, counts, 10_000, 1 << 18);
  const batch = new PacketBatch(64);
  const out = new PacketBatch(1_024);
  let bytesIn = 0;
  let bytesOut = 0;
  let now = 0;
  const count = (): void => {
    for (let i = 0; i < out.count; i++) {
      assert.ok(areWholePackets(memory.bytes, out.offset[i] ?? 0, out.length[i] ?? 0));
      bytesOut += out.length[i] ?? 0;
    }
    out.clear();
  };
  for (let round = 0; round < 500; round++) {
    const dirty = random(3) === 0 ? stream : mutated(stream, random);
    const size = [188, 376, 1_316, 1_400, 1_472, 2_632, 777][random(7)] ?? 1;
    batch.clear();
    for (let at = 0; at < dirty.length && batch.count < 40; at += size) {
      const datagram = dirty.subarray(at, at + size);
      memory.bytes.set(datagram, slots + at);
      batch.push(slots + at, datagram.length, 0);
      bytesIn += datagram.length;
    }
    units.receive(batch, instant(now), out);
    count();
    now += random(20_000);
    units.expire(instant(now), out);
    count();
  }
  units.expire(instant(now + 1e9), out);
  count();

  assert.equal(counts.overflowed.value, 0);
  assert.equal(counts.rtpStripped.value, 0);
  const waiting = bytesIn - bytesOut - counts.notTs.value;
  assert.ok(waiting >= 0 && waiting <= 2 * PACKET_SIZE, `${waiting} bytes are unaccounted for`);
});

test("seed 2: mutated files play to their end with due times that never run backwards, and every byte is accounted for", () => {
  const random = seeded(2);
  for (let round = 0; round < 150; round++) {
    const file = mutated(makeStream({ packets: 600, pcrEvery: random(4) * 20, firstPcr: random(2) * 2.5e12 }), random);
    const playout = new Playout({ window: 1_024, bitrate: random(3) === 0 ? 2_000_000 : undefined });
    const played = play(playout, [file, file, makeStream({ packets: 50 }), file], 1 + random(60_000));

    assert.equal(played.bytes.length, playout.packets * PACKET_SIZE);
    assert.equal(played.bytes.length + playout.skippedBytes, 3 * file.length + 50 * PACKET_SIZE);
    assert.ok(areWholePackets(played.bytes, 0, played.bytes.length));
    assert.ok(
      played.due.every((time, i) => Number.isFinite(time) && (i === 0 || time >= (played.due[i - 1] ?? 0))),
      `round ${round}`,
    );
  }
});
