import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CHECK_NAMES, CHECKS } from "@bilbycast/protocols/mpegts";
import { CHECK_FIELDS } from "./check-fields.ts";
import { STREAM_ALARMS } from "./stream-alarms.ts";

test("the guide explains every counter beside its clause, and names every event", () => {
  const guide = readFileSync(new URL("../../docs/guide/reading-the-analysis.md", import.meta.url), "utf8");

  const rows = CHECK_NAMES.map((check) => `| ${CHECKS[check].clause} | \`${CHECK_FIELDS[check]}\` |`);
  const codes = Object.values(STREAM_ALARMS).flatMap(({ raised, cleared }) => [`\`${raised}\``, `\`${cleared}\``]);

  assert.deepEqual(
    [...rows, ...codes].filter((each) => !guide.includes(each)),
    [],
  );
});
