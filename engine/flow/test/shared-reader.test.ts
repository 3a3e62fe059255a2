import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { Arena, RingCopier, SharedReader } from "@bilbycast/engine/io";
import { fillRandom, integer, seeded } from "@bilbycast/testkit/random";
import { Bus, LEAST_BUS_BYTES } from "../bus.ts";
import { STAMP, type ReaderBirth } from "./reader-birth.ts";

class Writer {
  readonly arena = new Arena(8 * 2 ** 20);
  readonly bus: Bus;
  readonly batch = new PacketBatch(64);
  readonly #at = this.arena.reserve(64 * 2_048);
  #next = 0;

  constructor(packets = 256) {
    this.bus = new Bus(this.arena, LEAST_BUS_BYTES, packets);
  }

  publish(lengths: readonly number[]): void {
    this.batch.clear();
    for (const [i, length] of lengths.entries()) {
      const at = this.#at + i * 2_048;
      const packet = Buffer.from(this.arena.memory.buffer, at, length);
      packet.writeUInt32BE(this.#next);
      fillRandom(seeded(this.#next), packet.subarray(STAMP, Math.min(length, STAMP + 64)));
      packet.set(createHash("sha1").update(packet.subarray(STAMP)).update(packet.subarray(0, 4)).digest(), 4);
      this.batch.push(at, length, 0);
      this.#next++;
    }
    for (let row = 0; row < this.batch.count;) {
      row = this.bus.publish(this.batch, row, Infinity, instant(this.#next));
    }
  }
}

type Result = { seen: number; torn: number; disorder: number; lost: number; waits: number };

const readWhile = async (
  writer: Writer,
  options: { limit: number; count: number; naps: boolean },
  write: () => Promise<void>,
  script: URL,
): Promise<Result> => {
  writer.bus.share();
  const { port1, port2 } = new MessageChannel();
  const { memory } = writer.arena;
  const birth: ReaderBirth = { buffer: memory.buffer, memory, layout: writer.bus.layout, port: port2, ...options };
  const worker = new Worker(script, { workerData: birth, transferList: [port2] });
  const ended = once(worker, "exit");
  // The last message and the end of the thread race each other; only a bad end is one.
  const failed = new Promise<never>((_, reject) => {
    worker.on("exit", (code) => (code === 0 ? undefined : reject(new Error(`the reader ended with ${code}`))));
  });
  await once(port1, "message");
  const result = once(port1, "message");
  await write();
  const [seen] = (await Promise.race([result, failed])) as [Result];
  port1.close();
  await ended;
  return seen;
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const [who, script] of [
  ["a session", new URL("reading-worker.ts", import.meta.url)],
  ["a lane", new URL("copying-worker.ts", import.meta.url)],
] as const) {
  test(`${who} that sleeps is lapped: what it reads is whole and in order, and the rest is counted exactly`, async () => {
    const writer = new Writer();
    const count = 60_000;
    const random = seeded(1);
    const result = await readWhile(
      writer,
      { limit: Infinity, count, naps: true },
      async () => {
        for (let done = 0; done < count; done += 50) {
          writer.publish(Array.from({ length: 50 }, () => STAMP + integer(random, 1_400)));
          if (done % 2_000 === 0) {
            await turn();
          }
        }
      },
      script,
    );

    assert.deepEqual([result.torn, result.disorder], [0, 0]);
    assert.equal(result.seen + result.lost, count);
    assert.ok(result.lost > 0 && result.seen > 0, JSON.stringify(result));
  });

  test(`${who} that waits is woken by each publish, and loses nothing`, async () => {
    const writer = new Writer();
    const count = 2_000;
    const result = await readWhile(
      writer,
      { limit: Infinity, count, naps: false },
      async () => {
        for (let done = 0; done < count; done += 10) {
          writer.publish(Array.from({ length: 10 }, () => 1_316));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      },
      script,
    );

    assert.equal(result.seen + result.lost, count);
    assert.deepEqual([result.torn, result.disorder], [0, 0]);
    assert.ok(result.waits > 0);
  });
}

test("a lane gets as many packets as its batch takes, and is told that there are more", () => {
  const writer = new Writer();
  writer.publish([100]);
  writer.bus.share();
  const arena = new Arena(2 ** 20);
  const { used } = arena;
  const copier = new RingCopier(arena, writer.arena.memory, writer.bus.layout);
  const rows = new PacketBatch(2);
  const numbers = (): number[] =>
    Array.from({ length: rows.count }, (_, i) => Buffer.from(arena.memory.buffer).readUInt32BE(rows.offset[i]));
  assert.deepEqual([copier.read(rows), rows.count, copier.sleeps()], [false, 0, true], "what came before is not its own");

  writer.publish([1_316, 200, 300]);

  assert.deepEqual([copier.sleeps(), copier.read(rows), numbers(), copier.bytes], [false, true, [1, 2], 1_516]);
  rows.clear();
  assert.deepEqual([copier.read(rows), numbers(), copier.bytes, copier.lost], [false, [3], 300, 0]);
  copier.close();
  assert.equal(arena.used, used);
});

test("a lane that was lapped goes on with the oldest packet that is there, and counts those before it", () => {
  const writer = new Writer(64);
  writer.bus.share();
  const arena = new Arena(2 ** 20);
  const copier = new RingCopier(arena, writer.arena.memory, writer.bus.layout);
  const rows = new PacketBatch(200);
  for (let i = 0; i < 100; i++) {
    writer.publish([100]);
  }

  assert.equal(copier.read(rows), false);

  assert.deepEqual([rows.count, copier.lost, writer.bus.tail], [64, 36, 36]);
  assert.equal(Buffer.from(arena.memory.buffer).readUInt32BE(rows.offset[0]), 36);
});

const read = (reader: SharedReader, target = new Uint8Array(65_536)): number[] => {
  const got: number[] = [];
  reader.read(target, (start) => got.push(new DataView(target.buffer).getUint32(start)));
  return got;
};

test("a reader begins behind the newest packet, and gives up what is over its bound", () => {
  const writer = new Writer();
  writer.publish([100, 100]);
  writer.bus.share();
  const reader = new SharedReader(writer.arena.memory.buffer, writer.bus.layout, 3);
  assert.deepEqual(read(reader), []);

  writer.publish([100, 200, 300, 400, 500]);

  assert.deepEqual(read(reader), [4, 5, 6]);
  assert.equal(reader.lost, 2);
});

test("a full target leaves the rest for the next time", () => {
  const writer = new Writer();
  writer.bus.share();
  const reader = new SharedReader(writer.arena.memory.buffer, writer.bus.layout, Infinity);
  writer.publish([1_000, 1_000, 1_000]);
  assert.deepEqual(read(reader, new Uint8Array(2_500)), [0, 1]);
  assert.deepEqual(read(reader, new Uint8Array(2_500)), [2]);
  assert.equal(reader.lost, 0);
});

test("each packet is told with its arrival, the start is where its bytes are", () => {
  const writer = new Writer();
  writer.bus.share();
  const reader = new SharedReader(writer.arena.memory.buffer, writer.bus.layout, Infinity);
  writer.publish([40, 50]);
  const told: number[][] = [];
  assert.equal(
    reader.read(new Uint8Array(100), (start, length, arrival) => told.push([start, length, arrival])),
    2,
  );
  assert.deepEqual(told, [
    [0, 40, 2],
    [40, 50, 2],
  ]);
});

test("waiting ends at once when something is there, and by itself when nothing comes", async () => {
  const writer = new Writer();
  writer.bus.share();
  const reader = new SharedReader(writer.arena.memory.buffer, writer.bus.layout, Infinity);
  const alive = setInterval(() => {}, 1_000);
  await reader.wait(1);
  clearInterval(alive);
  writer.publish([100]);
  await reader.wait(2 ** 30);
  assert.deepEqual(read(reader), [0]);
});
