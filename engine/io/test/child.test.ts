import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { Child, type ChildEnd } from "../child.ts";

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
