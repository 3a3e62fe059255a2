import assert from "node:assert/strict";
import { test } from "node:test";
import { PacedStill, type Still } from "./paced-still.ts";

const still = (n: number): Still => ({ src: `/a?tag=${n}`, takenAt: n });
const NONE: Still = { src: undefined, takenAt: undefined };

/** Loads end when the test says so. */
const paced = (first: Still) => {
  const loads = new Map<string, PromiseWithResolvers<unknown>>();
  const asked: string[] = [];
  const subject = new PacedStill(first, (src) => {
    asked.push(src);
    const load = Promise.withResolvers<unknown>();
    loads.set(src, load);
    return load.promise;
  });
  const end = async (src: string, how: "resolve" | "reject" = "resolve"): Promise<void> => {
    loads.get(src)?.[how](new Error("as it may be"));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { subject, asked, end };
};

test("the first is shown at once, and one that is taken away goes at once", () => {
  const { subject, asked } = paced(NONE);

  assert.equal(subject.want(still(1)), true);
  assert.deepEqual(subject.shown, still(1));
  assert.equal(subject.want(NONE), true);
  assert.deepEqual([subject.shown, asked], [NONE, []]);
});

test("the next is shown with its time at a tick, and not before it is ready", async () => {
  const { subject, end } = paced(still(1));

  assert.equal(subject.want(still(2)), false);
  assert.equal(subject.tick(), false);
  await end("/a?tag=2");
  assert.deepEqual(subject.shown, still(1));
  assert.equal(subject.tick(), true);
  assert.deepEqual(subject.shown, still(2));
  assert.equal(subject.tick(), false);
});

test("of those that come while one is fetched the newest is the next, and the one is shown all the same", async () => {
  const { subject, asked, end } = paced(still(1));
  subject.want(still(2));
  subject.want(still(3));
  subject.want(still(4));
  await end("/a?tag=2");

  assert.equal(subject.tick(), true);
  assert.deepEqual([subject.shown, asked], [still(2), ["/a?tag=2", "/a?tag=4"]]);
  await end("/a?tag=4");
  subject.tick();
  assert.deepEqual(subject.shown, still(4));
});

test("one that cannot be had is shown too: whoever draws it says so", async () => {
  const { subject, end } = paced(still(1));
  subject.want(still(2));
  await end("/a?tag=2", "reject");

  assert.equal(subject.tick(), true);
  assert.deepEqual(subject.shown, still(2));
});

test("what is wanted no more when it is ready is not shown", async () => {
  const { subject, end } = paced(still(1));
  subject.want(still(2));
  assert.equal(subject.want(NONE), true);
  await end("/a?tag=2");

  assert.equal(subject.tick(), false);
  assert.deepEqual(subject.shown, NONE);
});

test("a picture of something else is shown at once, and what was on its way is not", async () => {
  const { subject, end } = paced(still(1));
  const other = { src: "/b?tag=1", takenAt: 9 };
  subject.want(still(2));
  assert.equal(subject.want(other), true);
  await end("/a?tag=2");

  assert.equal(subject.tick(), false);
  assert.deepEqual(subject.shown, other);
});

test("the same picture with another time is told of at once; the same again is not", () => {
  const { subject } = paced(still(1));

  assert.equal(subject.want({ src: "/a?tag=1", takenAt: 5 }), true);
  assert.equal(subject.shown.takenAt, 5);
  assert.equal(subject.want({ src: "/a?tag=1", takenAt: 5 }), false);
});
