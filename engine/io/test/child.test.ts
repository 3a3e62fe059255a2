import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { isAlive, waitFor } from "@bilbycast/testkit/peers";
import { Child, type ChildEnd } from "../child.ts";
import { endOrphans } from "../orphans.ts";

const PROGRAM = new URL("busy-child.ts", import.meta.url);

test("a child says what it has used, and how long it waited for a processor where there are too few; it is ended at once, and told so", async () => {
  const ends: ChildEnd[] = [];
  const children = Array.from(
    { length: availableParallelism() + 1 },
    () => new Child(PROGRAM, [], 19, { onData: () => {}, onEnd: (end) => ends.push(end) }),
  );

  if (process.platform === "linux") {
    await waitFor("one that waits", () => children.some((child) => child.starvedSeconds() > 0));
    await waitFor("one that works", () => children.some((child) => (child.usage()?.cpuSeconds ?? 0) > 0));
  }
  for (const child of children) {
    child.kill("SIGKILL");
  }
  await waitFor("their ends", () => ends.length === children.length);

  assert.deepEqual(new Set(ends.map(({ code, signal }) => `${code} ${signal}`)), new Set(["null SIGKILL"]));
  assert.deepEqual(
    children.map((child) => child.starvedSeconds()),
    children.map(() => 0),
  );
});

test(
  "a child whose thread is gone is ended and leaves nothing in the table of processes",
  { skip: process.platform !== "linux" },
  async () => {
    const worker = new Worker(new URL("orphaning-worker.ts", import.meta.url));
    const [pid] = (await once(worker, "message")) as [number];
    await worker.terminate();
    assert.match(readFileSync(`/proc/${pid}/stat`, "latin1"), /\) [^Z] /, "it runs on");

    endOrphans([pid]);

    await waitFor("its end", () => !existsSync(`/proc/${pid}`));
  },
);

test("who is no child of ours is left alone", () => {
  endOrphans([process.ppid, 2 ** 22 + 1]);

  assert.ok(isAlive(process.ppid));
});
