import assert from "node:assert/strict";
import { test } from "node:test";
import { framesOf } from "./frames.ts";

const main = { pid: 1, tid: 1 };
const other = { pid: 2, tid: 1 };
const named = (who: typeof main) => ({ ...who, name: "thread_name", ph: "M", ts: 0, args: { name: "CrRendererMain" } });
const commit = (who: typeof main, ts: number) => ({ ...who, name: "Commit", ph: "X", ts });
const task = (who: typeof main, ts: number, tdur: number) => ({ ...who, name: "RunTask", ph: "X", ts, tdur });

test("a frame's time is all that the page's main thread computed since the one before", () => {
  const events = [
    named(main),
    named(other),
    task(main, 100, 9_000),
    commit(main, 9_050),
    task(main, 10_000, 500),
    task(main, 20_000, 2_000),
    commit(main, 21_900),
    task(main, 40_000, 1_000),
    commit(main, 40_900),
    task(main, 41_001, 7_000),
    task(other, 1_600, 100),
    commit(other, 1_690),
    { ...main, tid: 9, name: "RunTask", ph: "X", ts: 2_000, tdur: 50_000 },
  ];
  assert.deepEqual(framesOf(events), [2.5, 1]);
});
