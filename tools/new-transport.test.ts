import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findViolations, readTree } from "./architecture.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const FOLDERS = ["foundation", "protocols", "engine", "transports", "contracts", "testkit", "tools", "docs"];

const copies: string[] = [];
after(() => {
  for (const copy of copies) {
    rmSync(copy, { recursive: true, force: true });
  }
});

/** A copy of the tree whose own packages are the copied ones and whose other packages are this machine's. */
const copyTree = (): string => {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "bilbycast-tree-")));
  copies.push(copy);
  for (const name of [...FOLDERS, "package.json", "tsconfig.base.json", "tsconfig.json", "tsconfig.node.json", "tsconfig.pure.json"]) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: (file) => !file.includes("node_modules") });
  }
  mkdirSync(join(copy, "node_modules/@bilbycast"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((each) => each !== "@bilbycast")) {
    symlinkSync(join(ROOT, "node_modules", name), join(copy, "node_modules", name));
  }
  for (const name of FOLDERS.filter((each) => each !== "docs")) {
    symlinkSync(join(copy, name), join(copy, "node_modules/@bilbycast", name));
  }
  return copy;
};

const contents = (root: string): Map<string, string> =>
  new Map(
    FOLDERS.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(root.length + 1), readFileSync(file, "utf8")]),
  );

const run = (root: string, program: string, ...args: string[]): void => {
  const done = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  assert.equal(done.status, 0, `${program} ${args.join(" ")}\n${done.stdout}${done.stderr}`);
};

// In quoted lines: imports at the start of a line would be taken for this test's own.
const DECLARATION = [
  'import { counter, declare, socketAddress } from "@bilbycast/engine/transport/declare";',
  'import { z } from "zod";',
  "",
  "export const declaration = declare({",
  '  kind: "carrier_pigeon",',
  '  title: "MPEG-TS by carrier pigeon (RFC 1149)",',
  '  runsOn: "lane",',
  '  input: z.object({ bind_addr: socketAddress().describe("The loft.") }),',
  '  gives: "ts",',
  '  stats: { pigeonsLost: counter("pigeons", "Did not come home.") },',
  '  faults: { carrier_pigeon_bind_failed: "The loft is taken." },',
  "});",
  "",
].join("\n");

const INPUT = [
  'import type { OpenInput } from "@bilbycast/engine/transport";',
  'import type { declaration } from "./declaration.ts";',
  "",
  "/** Waits in the loft; no pigeon has come yet. */",
  "export const openInput: OpenInput<typeof declaration> = (config, context) => {",
  "  context.stats.pigeonsLost.add(config.bind_addr.length);",
  "  return { close: () => undefined };",
  "};",
  "",
].join("\n");

test("a new transport is its folder and the generated files, and nothing else", () => {
  const root = copyTree();
  run(root, process.execPath, "tools/gen.ts");
  const before = contents(root);

  mkdirSync(join(root, "transports/carrier-pigeon"));
  writeFileSync(join(root, "transports/carrier-pigeon/declaration.ts"), DECLARATION);
  writeFileSync(join(root, "transports/carrier-pigeon/input.ts"), INPUT);
  writeFileSync(join(root, "transports/carrier-pigeon/README.md"), "# Carrier pigeon\n");
  run(root, process.execPath, "tools/gen.ts");

  const changed = [...contents(root)].filter(([file, text]) => before.get(file) !== text).map(([file]) => file);
  assert.deepEqual(changed.toSorted(), [
    "docs/reference/config.md",
    "docs/reference/faults.md",
    "docs/reference/metrics.md",
    "docs/reference/stats.md",
    "transports/carrier-pigeon/README.md",
    "transports/carrier-pigeon/declaration.ts",
    "transports/carrier-pigeon/input.ts",
    "transports/declarations.gen.ts",
    "transports/registry.gen.ts",
  ]);
  assert.match(readFileSync(join(root, "transports/registry.gen.ts"), "utf8"), /carrierPigeonInput/);
  const strangers = findViolations(readTree(root)).filter((violation) => violation.file.startsWith("transports/"));
  assert.deepEqual(strangers, []);
  checkTypes(root);
});

/** Checks the transports and all that they import: what is beside them does not depend on them by name. */
const checkTypes = (root: string): void => {
  const config = {
    extends: "./tsconfig.base.json",
    compilerOptions: { lib: ["ES2025"], types: ["node"] },
    include: ["transports/*.ts", "transports/carrier-pigeon/*.ts", "engine/*.d.ts"],
  };
  writeFileSync(join(root, "tsconfig.transports.json"), JSON.stringify(config));
  run(root, join(ROOT, "node_modules/.bin/tsc"), "-p", "tsconfig.transports.json");
};
