import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { seeded } from "@bilbycast/testkit/random";
import { Link, type LinkProperties } from "./link.ts";

const COUNT = 20_000;

type Arrival = { number: number; at: number };

/** Sends numbered datagrams of 100 bytes, one each millisecond, and gives what arrives and when. */
const run = (seed: number, properties: Partial<LinkProperties>, count = COUNT): { link: Link; arrivals: Arrival[] } => {
  const link = new Link(seeded(seed), properties);
  const arrivals: Arrival[] = [];
  const datagram = new Uint8Array(100);
  const view = new DataView(datagram.buffer);
  const takeUntil = (end: number): void => {
    while (link.deadline <= end) {
      const at = link.deadline;
      const arrived = link.poll(at);
      assert.ok(arrived);
      arrivals.push({ number: new DataView(arrived.buffer).getUint32(0), at });
    }
  };
  for (let n = 0; n < count; n++) {
    takeUntil(n * 1_000);
    view.setUint32(0, n);
    link.send(datagram, instant(n * 1_000));
  }
  takeUntil(Number.MAX_SAFE_INTEGER);
  return { link, arrivals };
};

test("a perfect link delivers everything at once and in order", () => {
  const { arrivals } = run(1, {}, 100);
  assert.deepEqual(
    arrivals,
    Array.from({ length: 100 }, (_, number) => ({ number, at: number * 1_000 })),
  );
});

test("the same seed gives the same arrivals", () => {
  const properties = { loss: 0.1, jitter: 9_000, duplication: 0.1, reorder: 0.1, delay: 500 };
  assert.deepEqual(run(4, properties, 500).arrivals, run(4, properties, 500).arrivals);
  assert.notDeepEqual(run(4, properties, 500).arrivals, run(5, properties, 500).arrivals);
});

test("random loss loses its share and says which", () => {
  const { link, arrivals } = run(2, { loss: 0.02 });
  const missing = new Set(link.lost);
  assert.ok(missing.size > 300 && missing.size < 500, `${missing.size} lost`);
  assert.equal(arrivals.length + missing.size, COUNT);
  assert.ok(arrivals.every(({ number }) => !missing.has(number)));
});

test("bursty loss comes in runs", () => {
  const { link } = run(3, { bursts: { begin: 0.005, end: 0.2, lossInside: 1 } });
  const adjacent = link.lost.filter((number, i) => number - (link.lost[i - 1] ?? -9) === 1).length;
  assert.ok(link.lost.length > 200);
  assert.ok(adjacent / link.lost.length > 0.7, `${adjacent} of ${link.lost.length} follow another loss`);
});

test("jitter keeps within its bounds and lets datagrams overtake", () => {
  const { arrivals } = run(6, { delay: 20_000, jitter: 8_000 });
  assert.ok(arrivals.every(({ number, at }) => at - number * 1_000 >= 20_000 && at - number * 1_000 < 28_000));
  assert.ok(arrivals.some(({ number }, i) => number < (arrivals[i - 1]?.number ?? 0)));
});

test("a reordered datagram skips the delay, a duplicated one arrives twice", () => {
  const { link, arrivals } = run(7, { delay: 5_500, reorder: 0.05, duplication: 0.05 });
  const early = arrivals.filter(({ number, at }) => at === number * 1_000).length;
  assert.ok(early > 800 && early < 1_300, `${early} early`);
  assert.ok(link.duplicated > 800 && link.duplicated < 1_200, `${link.duplicated} twice`);
  assert.equal(arrivals.length, COUNT + link.duplicated);
});

test("a narrow link spaces datagrams out and loses what its queue cannot hold", () => {
  const { link, arrivals } = run(8, { bandwidth: 400_000, queue: 50_000 }, 1_000);
  const gaps = arrivals.slice(1).map(({ at }, i) => at - (arrivals[i]?.at ?? 0));
  assert.ok(gaps.every((gap) => Math.abs(gap - 2_000) <= 1));
  assert.equal(arrivals.length + link.lost.length, 1_000);
  assert.ok(link.lost.length > 400);
});
