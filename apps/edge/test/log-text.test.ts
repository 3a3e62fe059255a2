import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { promisify } from "node:util";
import { oneLine } from "@bilbycast/service/log";
import { temporaryFolder } from "./temporary-folder.ts";

const LAUNCHER = fileURLToPath(new URL("../bin/bilbycast-edge.cjs", import.meta.url));

test("text on one line obeys nobody, and says what it had", () => {
  assert.equal(oneLine("a\nb\u001b[2J\u009b\u202ec\u2028 ü 📺"), "a\\u000ab\\u001b[2J\\u009b\\u202ec\\u2028 ü 📺");
});

test("what check-config prints of a configuration full of control characters is lines of plain text", { timeout: 50_000 }, async (t) => {
  const config = join(temporaryFolder(t), "config.json");
  const nasty = "\u001b[2J\u001b]0;owned\u0007\nforged";
  const parts = [{ type: nasty, id: nasty, name: "x", [`${nasty}key`]: 1 }];
  writeFileSync(
    config,
    JSON.stringify({ version: 2, [nasty]: 1, inputs: parts, flows: [{ id: nasty, name: nasty, input_ids: [nasty, "none"] }] }),
  );

  const { code, stdout, stderr } = await promisify(execFile)(process.execPath, [LAUNCHER, "check-config", "--config", config]).then(
    () => assert.fail("the configuration is wrong"),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );

  assert.equal(code, 78);
  assert.match(stdout, /owned/, "it names what is wrong");
  assert.match(stdout + stderr, /^[\n -~\u00a0-\uffff]*$/);
  assert.doesNotMatch(stdout, /^forged/m);
});
