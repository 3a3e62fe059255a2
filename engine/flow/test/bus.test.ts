import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { CheckFailed } from "@bilbycast/foundation/check";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { Arena } from "@bilbycast/engine/io";
import { fillRandom, integer, seeded, type Random } from "@bilbycast/testkit/random";
import { GaugeTally } from "@bilbycast/testkit/tally";
import { Bus, LEAST_BUS_BYTES, LEAST_BUS_PACKETS } from "../bus.ts";
import { Cursor } from "../cursor.ts";

const KIB = 1_024;

/** Where packets lie before they are published: slots of a lane's intake, or wherever a machine keeps them. */
class Source {
  readonly arena = new Arena(16 * KIB * KIB);
  readonly batch = new PacketBatch(2_048);
  readonly #at: number;
  readonly #size = 4 * KIB * KIB;
  #used = 0;

  constructor() {
    this.#at = this.arena.reserve(this.#size);
  }

  clear(): void {
    this.arena.bytes.fill(0xee, this.#at, this.#at + this.#used);
    this.batch.clear();
    this.#used = 0;
  }

  fits(length: number): boolean {
    return this.#used + length + 64 <= this.#size;
  }

  /** `gap`: bytes between this packet and the one before. */
  add(packet: Uint8Array, gap = 0): void {
    const at = this.#at + this.#used + gap;
    this.arena.bytes.set(packet, at);
    this.batch.push(at, packet.length, 0);
    this.#used += gap + packet.length;
  }
}

const hash = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("base64");

const bytesOf = (bus: Bus, arena: Arena, n: number): Uint8Array => {
  const offset = bus.offset[n & bus.mask] ?? 0;
  return arena.bytes.subarray(offset, offset + (bus.length[n & bus.mask] ?? 0));
};

const publishAll = (bus: Bus, batch: PacketBatch, now: number, between: () => void = () => {}): void => {
  for (let row = bus.publish(batch, 0, Infinity, instant(now)); row < batch.count; row = bus.publish(batch, row, Infinity, instant(now))) {
    between();
  }
};

/** Whatever the columns call one row is one unbroken stretch of equal packets. */
const checkRows = (bus: Bus, first: number): void => {
  for (let n = first; n < bus.head; n++) {
    const start = Math.max(first, bus.row[n & bus.mask] ?? -1);
    assert.ok(start <= n && start >= 0);
    const length = bus.length[n & bus.mask] ?? 0;
    assert.equal(bus.length[start & bus.mask], length, `packet ${n} and ${start} of its row are equally long`);
    assert.equal(
      bus.offset[n & bus.mask],
      (bus.offset[start & bus.mask] ?? 0) + (n - start) * length,
      `packet ${n} lies in one piece with ${start}`,
    );
  }
};

const sizeOf = (random: Random): number => {
  const kind = random();
  if (kind < 0.02) {
    return 20_000 + integer(random, 45_508);
  }
  return kind < 0.1 ? 0 : integer(random, 1_501);
};

for (const [seed, bytes, packets] of [
  [1, LEAST_BUS_BYTES, LEAST_BUS_PACKETS],
  [2, LEAST_BUS_BYTES, 1_024],
  [3, LEAST_BUS_BYTES + 4, 256],
  [4, 1_024 * KIB, 4_096],
] as const) {
  test(`20 000 packets through ${bytes} bytes and ${packets} columns: every byte right, every loss counted (seed ${seed})`, () => {
    const random = seeded(seed);
    const source = new Source();
    const bus = new Bus(source.arena, bytes, packets);
    const keeping = { lost: new GaugeTally(), got: 0 };
    const lagging = { lost: new GaugeTally(), got: 0, skip: 0 };
    const keeper = new Cursor(bus, Infinity, keeping.lost);
    const laggard = new Cursor(bus, Infinity, lagging.lost);
    const hashes: string[] = [];
    const read = (cursor: Cursor): number => {
      const count = cursor.waiting();
      for (let n = cursor.next; n < bus.head; n++) {
        assert.equal(hash(bytesOf(bus, source.arena, n)), hashes[n], `packet ${n}`);
      }
      cursor.next = bus.head;
      return count;
    };
    let published = 0;
    for (let batch = 0; published < 20_000; batch++) {
      source.clear();
      const trains = random() < 0.5;
      const size = sizeOf(random);
      const count = Math.min(1 + integer(random, random() < 0.05 ? 1_000 : 60), 20_000 - published);
      for (let i = 0; i < count; i++) {
        const length = trains ? size : sizeOf(random);
        if (source.fits(length)) {
          const packet = fillRandom(random, new Uint8Array(length));
          source.add(packet, random() < 0.3 ? integer(random, 9) : 0);
          hashes.push(hash(packet));
        }
      }
      published += source.batch.count;
      publishAll(bus, source.batch, batch, () => (keeping.got += read(keeper)));
      keeping.got += read(keeper);
      checkRows(bus, bus.tail);
      if (lagging.skip-- <= 0) {
        lagging.got += read(laggard);
        lagging.skip = integer(random, 40);
      }
    }
    lagging.got += read(laggard);

    assert.equal(bus.head, published);
    assert.deepEqual([keeping.got, keeping.lost.value], [published, 0], "who keeps up is never lapped, however large the batch");
    assert.equal(lagging.got + lagging.lost.value, published);
    assert.ok(lagging.lost.value > 0, "the laggard was lapped");
  });
}

test("a row does not go on across the end of the ring, also when a batch ends exactly there", () => {
  const source = new Source();
  const bus = new Bus(source.arena, LEAST_BUS_BYTES, 1_024);
  const first = bus.layout.bytes;
  for (let packet = 0; packet < (LEAST_BUS_BYTES / KIB) * 2 + 32; packet += 32) {
    source.clear();
    for (let i = 0; i < 32; i++) {
      source.add(new Uint8Array(KIB).fill(i));
    }
    publishAll(bus, source.batch, 0);
    checkRows(bus, bus.tail);
  }
  assert.ok(bus.offset.some((offset) => offset === first));
});

test("equal packets that come one by one are one row, and a different one begins another", () => {
  const source = new Source();
  const bus = new Bus(source.arena, LEAST_BUS_BYTES, 64);
  for (const length of [1_316, 1_316, 1_316, 188, 188, 1_316, 7, 7, 0, 0, 1_316, 1_316]) {
    source.clear();
    source.add(new Uint8Array(length));
    publishAll(bus, source.batch, 0);
  }
  assert.deepEqual([...bus.row.subarray(0, 7)], [0, 0, 0, 3, 3, 5, 6]);
  assert.equal(bus.row[11], 10);
  assert.notEqual(bus.row[7], 6, "7 bytes are no whole words: there is a gap between two of them");
  checkRows(bus, 0);
});

test("a packet starts on a word, and every packet of a batch has the time of its publishing", () => {
  const source = new Source();
  const bus = new Bus(source.arena, LEAST_BUS_BYTES, 64);
  for (const length of [5, 1_315, 0, 3]) {
    source.add(new Uint8Array(length).fill(length));
  }
  publishAll(bus, source.batch, 77);
  assert.deepEqual(
    [...bus.offset.subarray(0, 4)].map((offset) => offset % 4),
    [0, 0, 0, 0],
  );
  assert.deepEqual([...bus.arrival.subarray(0, 4)], [77, 77, 77, 77]);
});

test("a batch of more than a quarter of the ring is published in several calls", () => {
  const source = new Source();
  const bus = new Bus(source.arena, LEAST_BUS_BYTES, 64);
  for (let i = 0; i < 40; i++) {
    source.add(Uint8Array.of(i));
  }
  assert.deepEqual(
    [
      bus.publish(source.batch, 0, Infinity, instant(0)),
      bus.publish(source.batch, 16, Infinity, instant(0)),
      bus.publish(source.batch, 32, Infinity, instant(0)),
    ],
    [16, 32, 40],
  );

  source.clear();
  for (let i = 0; i < 10; i++) {
    source.add(new Uint8Array(40 * KIB));
  }
  assert.equal(bus.publish(source.batch, 0, Infinity, instant(0)), 4);
});

test("a reader over its own bound loses the oldest, although they are still there", () => {
  const source = new Source();
  const bus = new Bus(source.arena, LEAST_BUS_BYTES, 64);
  const lost = new GaugeTally();
  const cursor = new Cursor(bus, 5, lost);
  for (let i = 0; i < 12; i++) {
    source.clear();
    source.add(Uint8Array.of(i));
    publishAll(bus, source.batch, 0);
  }

  assert.equal(cursor.waiting(), 5);
  assert.equal(cursor.next, 7);
  assert.equal(lost.value, 7);
  assert.equal(cursor.waiting(), 5, "what was given up is counted once");
  assert.equal(lost.value, 7);
});

test("a reader begins behind the newest packet", () => {
  const source = new Source();
  const bus = new Bus(source.arena, LEAST_BUS_BYTES, 64);
  source.add(Uint8Array.of(1));
  publishAll(bus, source.batch, 0);
  const cursor = new Cursor(bus, 10, new GaugeTally());
  assert.equal(cursor.waiting(), 0);
});

test("a bus that closes gives its memory back; one that finds no room keeps none", () => {
  const arena = new Arena(KIB * KIB);
  const { used } = arena;
  new Bus(arena, LEAST_BUS_BYTES, 64).close();
  assert.equal(arena.used, used);
  assert.throws(() => new Bus(arena, 2 * KIB * KIB, 64), { code: "arena_exhausted" });
  assert.equal(arena.used, used);
});

test("a ring that could not take the longest packet is a bug of ours", () => {
  const arena = new Arena(KIB * KIB);
  assert.throws(() => new Bus(arena, LEAST_BUS_BYTES - 4, 64), CheckFailed);
  assert.throws(() => new Bus(arena, LEAST_BUS_BYTES, 63), CheckFailed);
  assert.throws(() => new Bus(arena, LEAST_BUS_BYTES, 32), CheckFailed);
});
