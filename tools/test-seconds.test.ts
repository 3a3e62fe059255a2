import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keepTestSeconds, testSeconds, worthBeforeCommit } from "./test-seconds.ts";

const FILES = ["engine/flow/test/slow.test.ts", "engine/io/quick.test.ts", "apps/edge/test/new.test.ts", "apps/edge/test/slow.test.ts"];
const seconds = { "engine/flow/test/slow.test.ts": 20, "engine/io/quick.test.ts": 0.4, "apps/edge/test/slow.test.ts": 9 };

test("before a commit run those that are quick, new, or beside what is changed", () => {
  const chosen = (...changed: string[]): string[] => worthBeforeCommit(FILES, { changed, quick: 2, seconds });

  assert.deepEqual(chosen(), ["engine/io/quick.test.ts", "apps/edge/test/new.test.ts"]);
  assert.deepEqual(chosen("engine/flow/bus.ts"), [
    "engine/flow/test/slow.test.ts",
    "engine/io/quick.test.ts",
    "apps/edge/test/new.test.ts",
  ]);
  assert.deepEqual(chosen("apps/edge/test/test-api.ts").length, 3);
});

test("how long files took is kept from run to run, and no record is an empty one", (t) => {
  const root = mkdtempSync(join(tmpdir(), "bilbycast-seconds-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const took = (file: string, s: number): Parameters<typeof keepTestSeconds>[1][number] => ({
    file,
    seconds: s,
    passed: 1,
    failed: 0,
    skipped: 0,
    failures: [],
  });
  assert.deepEqual(testSeconds(root), {});

  keepTestSeconds(root, [took("a", 1.23), took("b", 2)]);
  keepTestSeconds(root, [took("b", 3)]);

  assert.deepEqual(testSeconds(root), { a: 1.2, b: 3 });
});
