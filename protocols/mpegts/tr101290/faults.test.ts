import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS, RIGHT } from "../test/faults.ts";
import { errorsOf, play } from "../test/fault-run.ts";
import { CHECK_NAMES } from "./checks.ts";

for (const fault of FAULTS) {
  test(`reported, and nothing else: ${fault.title}`, () => {
    assert.deepEqual(errorsOf(play(fault)), fault.errors);
  });
}

for (const stream of RIGHT) {
  test(`nothing to report: ${stream.title}`, () => {
    assert.deepEqual(errorsOf(play(stream)), {});
  });
}

test("every indicator is shown by at least two faults", () => {
  const shown = (name: string): number => FAULTS.filter(({ errors }) => name in errors).length;

  assert.deepEqual(
    CHECK_NAMES.filter((name) => shown(name) < 2),
    [],
  );
});
