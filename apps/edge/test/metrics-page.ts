import assert from "node:assert/strict";
import type { PartSnapshot } from "@bilbycast/engine/flow";

export type ParsedSample = { name: string; labels: Record<string, string>; value: number };
export type ParsedFamily = { help: string; type: string; samples: ParsedSample[] };

/**
 * Reads a page of the text format 0.0.4 as strictly as it is written down: HELP and TYPE before the samples of a family, each family
 * in one piece, no series twice, a line feed at the end, only the three escapes. Throws for anything else.
 */
export const parseMetrics = (text: string): Map<string, ParsedFamily> => {
  assert.ok(text.endsWith("\n"), "the page ends with a line feed");
  const families = new Map<string, ParsedFamily>();
  const series = new Set<string>();
  let current: { name: string; family: ParsedFamily } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)$/.exec(line);
    if (help !== null) {
      const name = help[1] ?? "";
      assert.ok(!families.has(name), `the family ${name} is in one piece`);
      current = { name, family: { help: help[2] ?? "", type: "", samples: [] } };
      families.set(name, current.family);
    } else if (type !== null) {
      assert.equal(type[1], current?.name, "TYPE follows HELP of the same family");
      assert.ok(current !== undefined && current.family.samples.length === 0);
      current.family.type = type[2] ?? "";
    } else {
      const sample = parseSample(line);
      assert.ok(current !== undefined && current.family.type !== "", `${line}: HELP and TYPE come first`);
      assert.equal(sample.name, current.name, "samples stand with their family");
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      assert.ok(!series.has(key), `${line}: no series twice`);
      series.add(key);
      current.family.samples.push(sample);
    }
  }
  return families;
};

const parseSample = (line: string): ParsedSample => {
  const head = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{|(?= ))/.exec(line);
  assert.ok(head !== null, `no sample: ${line}`);
  const labels: Record<string, string> = {};
  let rest = line.slice(head[0].length);
  while (head[2] === "{" && !rest.startsWith("}")) {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,(?!\})|(?=\}))/.exec(rest);
    assert.ok(label !== null, `no label: ${rest}`);
    labels[label[1] ?? ""] = (label[2] ?? "").replaceAll(/\\(["\\n])/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
    rest = rest.slice(label[0].length);
  }
  const value = /^(?:\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(rest)?.[1];
  assert.ok(value !== undefined, `no value: ${line}`);
  return { name: head[1] ?? "", labels, value: Number(value.replace("Inf", "Infinity")) };
};

/** A part as the engine shows it. */
export const partSnapshot = (id: string, counters: Record<string, number>, more: Partial<PartSnapshot> = {}): PartSnapshot => ({
  id,
  kind: "wire",
  state: "running",
  counters,
  ...more,
});
