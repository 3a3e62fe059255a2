import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { EDGE_EVENTS, EDGE_FAULTS } from "@bilbycast/contracts/edge-api";
import { ACK_CODES } from "@bilbycast/contracts/node-link";
import { ENGINE_EVENTS, ENGINE_FAULTS } from "@bilbycast/engine/flow";

const ROOT = new URL("..", import.meta.url).pathname;

const codesIn = (patterns: string[], pattern: RegExp): string[] =>
  globSync(patterns, { cwd: ROOT, exclude: (name) => name.includes("node_modules") || name.includes("test") })
    .map((file) => readFileSync(`${ROOT}${file}`, "utf8"))
    .flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? ""));

test("every fault that the engine or the edge makes is declared with a sentence", () => {
  const declared = new Set([...Object.keys(ENGINE_FAULTS), ...Object.keys(EDGE_FAULTS), ...Object.keys(ACK_CODES)]);
  const made = codesIn(["engine/**/*.ts", "apps/edge/src/**/*.ts"], /new Fault\(\s*"([a-z0-9_]+)"/g);

  assert.ok(made.length > 20, "the pattern finds them");
  assert.deepEqual(
    made.filter((code) => !declared.has(code)),
    [],
  );
});

test("every event that the engine or the edge records is declared with a sentence", () => {
  const declared = new Set([...Object.keys(ENGINE_EVENTS), ...Object.keys(EDGE_EVENTS), "internal_error"]);
  const made = codesIn(
    [
      "engine/flow/*.ts",
      "apps/edge/src/{edge,event-watch,system-watch,resource-alarm}.ts",
      "apps/edge/src/api/front-door.ts",
      "apps/edge/src/node-link/*.ts",
    ],
    /^\s*(?:record\(\{.*)?\bcode: "([a-z0-9_]+)"/gm,
  );

  assert.ok(made.length > 3, "the pattern finds them");
  assert.deepEqual(
    made.filter((code) => !declared.has(code)),
    [],
  );
});
