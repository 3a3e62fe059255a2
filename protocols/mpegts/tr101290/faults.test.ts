import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FAULTS, RIGHT } from "../test/faults.ts";
import { errorsOf, play } from "../test/fault-run.ts";
import { CHECK_NAMES, CHECKS, type Check } from "./checks.ts";

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

test("the guide has the table of these faults as it is", () => {
  const guide = readFileSync(new URL("../../../docs/guide/reading-the-analysis.md", import.meta.url), "utf8");
  const told = (errors: Partial<Record<Check, number>>): string =>
    CHECK_NAMES.flatMap((name) =>
      errors[name] === undefined ? [] : [`${CHECKS[name].clause}${errors[name] === 1 ? "" : ` × ${errors[name]}`}`],
    ).join(", ");
  const rows = [
    ...FAULTS.map(({ title, errors }) => `| ${title} | ${told(errors)} |`),
    ...RIGHT.map(({ title }) => `| ${title} | nothing |`),
  ];

  assert.equal(
    /<!-- faults -->\n([^]*)<!-- \/faults -->/.exec(guide)?.[1],
    `\n| the stream | reported |\n|---|---|\n${rows.join("\n")}\n\n`,
  );
});
