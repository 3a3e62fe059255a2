import assert from "node:assert/strict";
import { test } from "node:test";
import { findStale } from "./gen.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

test("the generated files say what the declarations say now", async () => {
  assert.deepEqual(await findStale(ROOT), []);
});
