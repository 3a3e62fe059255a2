import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import type { SeamlessTimes } from "@bilbycast/protocols/seamless";
import { Link, type LinkProperties } from "@bilbycast/testkit/network";
import { seeded } from "@bilbycast/testkit/random";
import { PathsRig } from "@bilbycast/testkit/rig";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { counts } from "@bilbycast/testkit/tally";

/** One packet of one TS packet each millisecond; the sequence numbers wrap after 536. */
const INTERVAL = 1_000;
const FIRST = 65_000;
const COUNT = 5_000;
const SKEW = 100_000;

type Options = {
  seed: number;
  times: Partial<SeamlessTimes>;
  paths: readonly [Partial<LinkProperties>, Partial<LinkProperties>];
  count?: number;
};

const run = ({ seed, times, paths, count = COUNT }: Options) => {
  const random = seeded(seed);
  const links = [new Link(random, paths[0]), new Link(random, paths[1])] as const;
  const rig = new PathsRig(times);
  for (let n = 0; n < count; n++) {
    rig.follow(links, n * INTERVAL - 1);
    const packet = rtpPacket((FIRST + n) & 0xffff, { payload: tsUnit(n, 1), timestamp: n * 90 });
    links[0].send(packet, instant(n * INTERVAL));
    links[1].send(packet, instant(n * INTERVAL));
  }
  rig.follow(links);
  assert.equal(rig.merge.waiting, 0);
  const marks = rig.merged.map(({ mark }) => mark);
  assert.equal(rig.close(), 0);
  return { rig, links, marks };
};

/** What came over one path at least, from a packet on. */
const expected = (links: readonly [Link, Link], from: number, count = COUNT): number[] => {
  const lost = [new Set(links[0].lost), new Set(links[1].lost)] as const;
  return Array.from({ length: count - from }, (_, i) => from + i).filter((n) => !(lost[0].has(n) && lost[1].has(n)));
};

for (const seed of [1, 2, 3, 4, 5]) {
  for (const early of [0, 1]) {
    test(`5 % loss on each path and 100 ms skew: lost is only what both lost, in order, each once (path ${early} first, seed ${seed})`, () => {
      const near = { loss: 0.05, delay: 10_000 };
      const far = { loss: 0.05, delay: 10_000 + SKEW };
      const { rig, links, marks } = run({ seed, times: { differential: 200_000 }, paths: early === 0 ? [near, far] : [far, near] });

      const complete = expected(links, marks[0] ?? -1);
      assert.ok((marks[0] ?? -1) < 5);
      assert.deepEqual(marks, complete);
      assert.equal(rig.counters.packetsLost.value, (marks.at(-1) ?? 0) - (marks[0] ?? 0) + 1 - marks.length);
      assert.ok(links[0].lost.length > 150 && links[1].lost.length > 150);
      assert.ok(Math.abs(Math.abs(rig.counters.pathSkewUs.value) - SKEW) < 2_000, `${rig.counters.pathSkewUs.value} us skew`);
      assert.equal(Math.sign(rig.counters.pathSkewUs.value), early === 0 ? 1 : -1);
      assert.equal(rig.counters.sourceResets.value + rig.counters.packetsLate.value + rig.counters.packetsOverflowed.value, 0);
    });
  }
}

for (const seed of [21, 22, 23]) {
  test(`jitter, reordering and duplicates within each path do no harm (seed ${seed})`, () => {
    const path = { loss: 0.03, jitter: 12_000, duplication: 0.02, reorder: 0.02 };
    const { rig, links, marks } = run({
      seed,
      times: { differential: 150_000 },
      paths: [
        { ...path, delay: 20_000 },
        { ...path, delay: 70_000 },
      ],
    });

    assert.ok((marks[0] ?? -1) < 60);
    assert.deepEqual(marks, expected(links, marks[0] ?? 0));
    assert.ok(rig.counters.packetsDuplicated.value > 50 && rig.counters.packetsReordered.value > 100);
  });
}

test("bursts of loss on one path are filled by the other, and every packet leaves after the same time (seed 31)", () => {
  const { rig, marks, links } = run({
    seed: 31,
    times: { differential: 200_000 },
    paths: [{ delay: 5_000, bursts: { begin: 0.01, end: 0.05, lossInside: 1 } }, { delay: 5_000 + SKEW }],
  });

  assert.ok(links[0].lost.length > 300);
  assert.deepEqual(marks, expected(links, marks[0] ?? 0));
  const delays = rig.merged.slice(500).map(({ mark, at }) => at - mark * INTERVAL);
  assert.ok(Math.max(...delays) - Math.min(...delays) <= 1_500, `${Math.min(...delays)} to ${Math.max(...delays)} us`);
});

test("what is recovered and what each path lost is counted (seed 41)", () => {
  const { rig, links } = run({
    seed: 41,
    times: { differential: 50_000 },
    paths: [{ loss: 0.05, delay: 1_000 }, { delay: 4_000 }],
  });

  const lost = links[0].lost.filter((n) => n > 0 && n <= COUNT - 1_025).length;
  assert.ok(Math.abs(rig.pathCounters[0].packetsLost.value - lost) <= 5, `${rig.pathCounters[0].packetsLost.value} of ${lost}`);
  assert.equal(rig.counters.packetsRecovered.value, rig.pathCounters[0].packetsLost.value);
  const { packetsReceived, packetsForwarded, packetsDuplicate } = rig.pathCounters[1];
  assert.equal(packetsReceived.value, COUNT);
  assert.equal(packetsForwarded.value + packetsDuplicate.value, COUNT);
});

test("without a differential packets pass as they come first, and what was missing passes when it comes (seed 51)", () => {
  const { rig, marks, links } = run({ seed: 51, times: {}, paths: [{ loss: 0.05, delay: 1_000 }, { delay: 6_000 }] });

  assert.deepEqual(
    marks.toSorted((a, b) => a - b),
    expected(links, marks[0] ?? 0),
  );
  assert.ok(marks.some((mark, i) => mark < (marks[i - 1] ?? 0)));
  assert.ok(rig.merged.every(({ mark, at }) => at - mark * INTERVAL <= 6_000));
  assert.equal(rig.counters.packetsLost.value, 0);
});

test("a window waits for the other path and keeps the order (seed 52)", () => {
  const { marks, links } = run({
    seed: 52,
    times: { window: 10_000 },
    paths: [
      { loss: 0.05, delay: 1_000 },
      { loss: 0.05, delay: 6_000 },
    ],
  });
  assert.deepEqual(marks, expected(links, marks[0] ?? 0));
});

test("a path that lags more than the differential protects nothing, harms nothing and is counted (seed 61)", () => {
  const { rig, marks, links } = run({
    seed: 61,
    times: { differential: 50_000 },
    paths: [{ loss: 0.02, delay: 1_000 }, { delay: 301_000 }],
  });

  const lost = new Set(links[0].lost);
  const kept = marks.filter((mark) => !lost.has(mark));
  assert.equal(kept.length, COUNT - lost.size);
  assert.ok(marks.every((mark, i) => i === 0 || mark > (marks[i - 1] ?? 0)));
  assert.ok(rig.counters.packetsLate.value > 50);
  assert.ok(rig.counters.pathSkewUs.value > 290_000);
});

test("the same paths exchange their order and nothing is lost (seed 71)", () => {
  const random = seeded(71);
  const links = [new Link(random, { delay: 10_000 }), new Link(random, { delay: 110_000 })] as const;
  const rig = new PathsRig({ differential: 200_000 });
  for (let n = 0; n < COUNT; n++) {
    rig.follow(links, n * INTERVAL - 1);
    if (n === 2_000) {
      links[0].properties.delay = 150_000;
    }
    const packet = rtpPacket((FIRST + n) & 0xffff, { payload: tsUnit(n, 1) });
    links[0].send(packet, instant(n * INTERVAL));
    links[1].send(packet, instant(n * INTERVAL));
  }
  rig.follow(links);

  assert.deepEqual(
    rig.merged.map(({ mark }) => mark),
    Array.from({ length: COUNT }, (_, n) => n),
  );
  assert.ok(Math.abs(rig.counters.pathSkewUs.value + 40_000) < 2_000, `${rig.counters.pathSkewUs.value} us`);
  assert.deepEqual(counts({ lost: rig.counters.packetsLost, late: rig.counters.packetsLate, resets: rig.counters.sourceResets }), {});
  assert.equal(rig.close(), 0);
});
