import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "@bilbycast/foundation/bytes";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { integer, seeded, type Random } from "@bilbycast/testkit/random";
import { hasPcr, PCR_HZ, readPcr, writePcr } from "../../media-time.ts";
import { NULL_PID, PACKET_SIZE, pid as pidOf, writeHeader } from "../../packet.ts";
import { SectionAssembler } from "../../psi/section-assembler.ts";
import { ContinuityFixer } from "../continuity-fixer.ts";
import { PsiCache } from "../psi-cache.ts";
import { LiveSource, type Layout } from "./live-source.ts";
import { Receiver } from "./receiver.ts";

const SAME: Layout = { transportStreamId: 1, program: 1, mapPid: 0x100, video: 0x101, audio: 0x102, version: 3 };
const CLASHING: Layout = { ...SAME, transportStreamId: 2 };
const OTHER: Layout = { transportStreamId: 9, program: 7, mapPid: 0x200, video: 0x201, audio: 0x202, version: 3 };
const ROOM = 20 * PACKET_SIZE;

type Input = { source: LiveSource; cache: PsiCache };

/** A flow: inputs that all run on, one of them on air, and a receiver behind the bus. */
class Flow {
  readonly fixer = new ContinuityFixer();
  readonly receiver = new Receiver();
  readonly inputs: Input[];
  /** What went onto the bus, and what came out. */
  readonly pairs: { before: Uint8Array; after: Uint8Array }[] = [];
  spoil: (packet: Uint8Array) => Uint8Array | undefined = (packet) => packet;
  #now = 0;
  #active = 0;
  #packet = 0;

  constructor(layouts: readonly Layout[], random: Random) {
    this.inputs = layouts.map((layout) => ({ source: new LiveSource(layout, random), cache: new PsiCache() }));
  }

  get now(): Instant {
    return instant(this.#now * 1_000);
  }

  play(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.#now++;
      for (const [index, { source, cache }] of this.inputs.entries()) {
        const made = source.next();
        const packet = index === this.#active ? this.spoil(made) : made;
        if (packet === undefined) {
          continue;
        }
        cache.scan(packet, 0, PACKET_SIZE);
        if (index === this.#active) {
          const before = packet.slice();
          this.fixer.rewrite(packet, 0, PACKET_SIZE, cache, this.#packet++, this.now);
          this.pairs.push({ before, after: packet });
          this.receiver.take(packet, 0, PACKET_SIZE);
        }
      }
    }
  }

  switch(index: number): Uint8Array {
    this.#active = index;
    this.fixer.switch();
    const target = new Uint8Array(ROOM);
    const size = this.fixer.announce((this.inputs[index] as Input).cache, target, 0, ROOM);
    this.receiver.take(target, 0, size);
    return target.slice(0, size);
  }
}

test("before the first switch nothing is written", () => {
  const flow = new Flow([SAME, OTHER], seeded(1));
  flow.play(5_000);

  assert.ok(flow.pairs.every(({ before, after }) => Buffer.compare(before, after) === 0));
  assert.deepEqual(flow.receiver.errors, []);
  assert.equal(flow.receiver.announced, 0);
});

for (const [name, layouts] of [
  ["the same PIDs and versions", [SAME, CLASHING, { ...SAME, transportStreamId: 3, version: 31 }]],
  ["other PIDs and programs", [SAME, OTHER]],
  ["both", [SAME, CLASHING, OTHER]],
] as const) {
  test(`500 switches between sources with ${name}: no receiver finds an error`, () => {
    const random = seeded(7);
    const flow = new Flow(layouts, random);
    flow.play(500);
    for (let i = 0; i < 500; i++) {
      flow.switch(integer(random, layouts.length));
      flow.play(integer(random, 250));
      const changing = flow.inputs[integer(random, layouts.length)]?.source;
      if (changing !== undefined && random() < 0.1) {
        changing.changes = true;
      }
    }

    assert.deepEqual(flow.receiver.errors.slice(0, 5), []);
    assert.ok(flow.receiver.sections > 500);
  });
}

test("what a switch changes is the counter, the indicator and the versions with their CRC", () => {
  const random = seeded(3);
  const flow = new Flow([SAME, CLASHING], random);
  flow.play(300);
  for (let i = 0; i < 100; i++) {
    flow.switch(i % 2);
    flow.play(150);
  }

  for (const { before, after } of flow.pairs) {
    const pid = pidOf(before, 0);
    if (pidOf(after, 0) !== pid) {
      assert.ok(pidOf(after, 0) === 0x1fff && (pid < 0x20 || pid === 0x100), "only the rest of a section is taken out");
      continue;
    }
    const masked = after.slice();
    masked[3] = ((masked[3] ?? 0) & 0xf0) | ((before[3] ?? 0) & 0x0f);
    if (hasPcr(before, 0)) {
      masked[5] = before[5] ?? 0;
      assert.equal(readPcr(after, 0), readPcr(before, 0));
      assert.equal((after[5] ?? 0) | 0x80, (before[5] ?? 0) | 0x80);
    }
    if (pid >= 0x20 && pid !== 0x100) {
      assert.deepEqual(masked, before);
    }
  }
});

test("tables keep every bit of their sections but the version and what follows from it, over as many packets as they take", () => {
  const random = seeded(4);
  const flow = new Flow([SAME, CLASHING], random);
  flow.play(300);
  for (let i = 0; i < 60; i++) {
    flow.switch(i % 2);
    flow.play(230);
  }
  const sectionsOf = (which: "before" | "after"): string[] => {
    const found: string[] = [];
    const assemblers = new Map(
      [0, 0x11, 0x100].map((pid) => [
        pid,
        new SectionAssembler((section) => {
          const bytes = section.slice(0, -4);
          bytes[5] = (bytes[5] ?? 0) & 0xc1;
          found.push(`${pid} ${Buffer.from(bytes).toString("hex")} ${crc32(section, 0, section.length)}`);
        }),
      ]),
    );
    for (const pair of flow.pairs) {
      // A packet that was taken out is no part of what came either.
      if (pidOf(pair.after, 0) !== NULL_PID) {
        assemblers.get(pidOf(pair.before, 0))?.push(pair[which], 0);
      }
    }
    return found;
  };

  const after = sectionsOf("after");
  assert.ok(after.length > 100 && after.every((section) => section.endsWith(" 0")));
  assert.deepEqual([...new Set(after)].toSorted(), [...new Set(sectionsOf("before"))].toSorted());
});

test("the tables of the new source come first, at once, with the next version; they are the cached ones but for that", () => {
  const flow = new Flow([SAME, OTHER], seeded(5));
  flow.play(500);
  const ahead = flow.switch(1);

  const pids = Array.from({ length: ahead.length / PACKET_SIZE }, (_, i) => pidOf(ahead, i * PACKET_SIZE));
  assert.deepEqual(pids, [0, 0x200, 0x200]);
  assert.equal((ahead[10] ?? 0) >> 1, (0xc0 >> 1) | 4, "version 3 was on air");
  assert.deepEqual(flow.receiver.errors, []);
});

test("the first PCR behind a switch has the indicator, and no other has", () => {
  const flow = new Flow([SAME, CLASHING], seeded(6));
  flow.play(300);
  flow.switch(1);
  flow.play(300);
  const first = flow.pairs.slice(300).find(({ after }) => hasPcr(after, 0));

  assert.equal(flow.receiver.announced, 1);
  assert.equal((first?.after[5] ?? 0) & 0x80, 0x80);
});

test("what the source loses behind a switch stays a loss, and a duplicate a duplicate", () => {
  const flow = new Flow([SAME, CLASHING], seeded(8));
  flow.play(300);
  flow.switch(1);
  flow.play(300);
  let lost = 0;
  flow.spoil = (packet) => {
    const isLost = lost === 0 && pidOf(packet, 0) === SAME.video && ((packet[3] ?? 0) & 0x30) === 0x10;
    lost += isLost ? 1 : 0;
    return isLost ? undefined : packet;
  };
  flow.play(300);

  assert.equal(lost, 1);
  assert.equal(flow.receiver.errors.length, 1);
  assert.match(flow.receiver.errors[0] ?? "", /continuity on PID 257/);
});

test("a clock that jumps back is announced, its counters go on, and it is counted", () => {
  const flow = new Flow([SAME], seeded(9));
  flow.play(1_000);
  const { source } = flow.inputs[0] as Input;
  source.time -= 700;
  flow.play(1_000);

  assert.equal(flow.fixer.sourceDiscontinuities, 1);
  assert.equal(flow.receiver.announced, 1);
});

test("a pause of the source is no jump of its clock, a step ahead without one is", () => {
  const fixer = new ContinuityFixer();
  const cache = new PsiCache();
  const send = (ms: number, now: number): boolean => {
    const packet = new Uint8Array(PACKET_SIZE);
    writeHeader(packet, 0, { pid: 0x101, adaptationField: 183, payload: false });
    writePcr(packet, 0, ms * (PCR_HZ / 1_000));
    fixer.rewrite(packet, 0, PACKET_SIZE, cache, 0, instant(now * 1_000));
    return ((packet[5] ?? 0) & 0x80) !== 0;
  };

  assert.deepEqual([send(1_000, 0), send(1_040, 40), send(9_000, 8_000), send(9_040, 8_040)], [false, false, false, false]);
  assert.deepEqual([send(9_600, 8_080), send(9_640, 8_120)], [true, false]);
  assert.equal(fixer.sourceDiscontinuities, 1);
});

test("rubbish on every PID, between switches, is never thrown at", () => {
  const random = seeded(10);
  const fixer = new ContinuityFixer();
  const caches = [new PsiCache(), new PsiCache()];
  const unit = new Uint8Array(7 * PACKET_SIZE);
  const target = new Uint8Array(ROOM);
  for (let i = 0; i < 50_000; i++) {
    for (let at = 0; at < unit.length; at += PACKET_SIZE) {
      for (let b = at; b < at + 24; b++) {
        unit[b] = integer(random, 256);
      }
      unit[at] = 0x47;
      if (random() < 0.5) {
        unit[at + 1] = (unit[at + 1] ?? 0) & 0xe0;
        unit[at + 2] = integer(random, 0x20);
      }
    }
    const cache = caches[i % 2] as PsiCache;
    cache.scan(unit, 0, unit.length);
    fixer.rewrite(unit, 0, unit.length, cache, i, instant(i));
    if (random() < 0.01) {
      fixer.switch();
      const size = fixer.announce(cache, target, 0, ROOM);
      assert.ok(size <= ROOM && size % PACKET_SIZE === 0);
    }
  }
});
