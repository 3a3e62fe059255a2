import assert from "node:assert/strict";
import { test } from "node:test";
import { findViolations, readTree, type Tree } from "./architecture.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

const manifest = (name: string, dependencies: string[], exports: Record<string, string> = { "./*": "./*/index.ts" }): string =>
  JSON.stringify({ name: `@bilbycast/${name}`, exports, dependencies: Object.fromEntries(dependencies.map((each) => [each, "0.1.0"])) });

const below = ["@bilbycast/foundation", "@bilbycast/protocols", "@bilbycast/engine", "zod"];

/** A small tree that keeps every rule; each test plants one thing in it. */
const GOOD: Tree = new Map([
  ["foundation/package.json", manifest("foundation", [])],
  ["foundation/time/index.ts", 'export { now } from "./instant.ts";\n'],
  ["foundation/time/instant.ts", "export const now = 0;\n"],
  ["protocols/package.json", manifest("protocols", ["@bilbycast/foundation"])],
  ["protocols/rtp/README.md", "RTP"],
  ["protocols/rtp/index.ts", 'import { now } from "@bilbycast/foundation/time";\nexport { now };\n'],
  ["protocols/rtp/header.ts", "export const size = 12;\n"],
  ["protocols/mpegts/README.md", "MPEG-TS"],
  ["protocols/mpegts/index.ts", "export const sync = 0x47;\n"],
  [
    "engine/package.json",
    manifest("engine", [...below, "koffi"], { "./transport/declare": "./transport/declare.ts", "./*": "./*/index.ts" }),
  ],
  ["engine/transport/index.ts", 'export { declare } from "./declare.ts";\n'],
  ["engine/transport/declare.ts", 'import { z } from "zod";\nexport const declare = z;\n'],
  ["engine/telemetry/index.ts", "export const meter = 0;\n"],
  ["engine/io/index.ts", 'import dgram from "node:dgram";\nimport koffi from "koffi";\nexport { dgram, koffi };\n'],
  [
    "engine/flow/index.ts",
    'import { meter } from "@bilbycast/engine/telemetry";\nimport { declare } from "@bilbycast/engine/transport/declare";\nexport { declare, meter };\n',
  ],
  ["transports/package.json", manifest("transports", below, { "./registry": "./registry.gen.ts" })],
  ["transports/registry.gen.ts", 'import { declaration } from "./udp/declaration.ts";\nexport { declaration };\n'],
  ["transports/udp/README.md", "UDP"],
  [
    "transports/udp/declaration.ts",
    'import { z } from "zod";\nimport { declare } from "@bilbycast/engine/transport/declare";\nexport const declaration = declare(z);\n',
  ],
  ["transports/udp/input.ts", 'import { declaration } from "./declaration.ts";\nexport { declaration };\n'],
  ["transports/rtp/README.md", "RTP"],
  ["transports/rtp/input.ts", "export const open = 0;\n"],
  ["testkit/package.json", manifest("testkit", below)],
  ["testkit/network/index.ts", "export const link = 0;\n"],
  ["apps/edge/package.json", manifest("edge", ["@bilbycast/transports", "@bilbycast/engine"], {})],
  [
    "apps/edge/src/main.ts",
    'import { declaration } from "@bilbycast/transports/registry";\nimport { readFileSync } from "node:fs";\nexport { declaration, readFileSync };\n',
  ],
  ["apps/console/package.json", manifest("console", ["@bilbycast/transports"], {})],
  ["apps/console/src/main.tsx", "export const main = 0;\n"],
  ["apps/relay/package.json", manifest("relay", [], {})],
  ["apps/relay/main.ts", "export const relay = 0;\n"],
]);

const planted = (file: string, text: string): string[] =>
  findViolations(new Map([...GOOD, [file, text]])).map((violation) => `${violation.file} ${violation.message}`);

const from = (...specifiers: string[]): string => specifiers.map((specifier) => `import { x } from "${specifier}";\n`).join("");

test("the tree as it stands keeps the architecture", () => {
  const tree = readTree(ROOT);

  assert.ok(tree.size > 50, "the tree was not found");
  assert.deepEqual(findViolations(tree), []);
});

test("a tree that keeps every rule has no violation", () => {
  assert.deepEqual(findViolations(GOOD), []);
});

/** In two pieces, or this file would be taken for one that imports it. */
const dynamic = (specifier: string): string => ["export const late = () => import", `("${specifier}");\n`].join("");

const REJECTED: [name: string, file: string, text: string, expected: RegExp][] = [
  ["an upward import from protocols to engine", "protocols/rtp/bad.ts", from("@bilbycast/engine/io"), /upward: protocols is below engine/],
  ["an upward import from foundation to protocols", "foundation/time/bad.ts", from("@bilbycast/protocols/rtp"), /upward/],
  ["an upward import that only takes types", "protocols/rtp/bad.ts", 'import type { X } from "@bilbycast/engine/io";\n', /upward/],
  ["an upward import over several lines", "protocols/rtp/bad.ts", 'import {\n  a,\n  b,\n} from "@bilbycast/engine/io";\n', /upward/],
  ["an upward import inside an expression", "protocols/rtp/bad.ts", dynamic("@bilbycast/engine/io"), /upward/],
  ["an import of an app", "engine/flow/bad.ts", from("@bilbycast/edge/src/main"), /no door of apps\/edge/],
  ["a sibling import between protocols", "protocols/rtp/bad.ts", from("@bilbycast/protocols/mpegts"), /imports its sibling/],
  ["a sibling import between protocols by a path", "protocols/rtp/bad.ts", from("../mpegts/index.ts"), /by a path/],
  ["a sibling import between transports by a path", "transports/udp/bad.ts", from("../rtp/input.ts"), /by a path/],
  ["a sibling import between apps", "apps/edge/src/bad.ts", from("../../relay/main.ts"), /reaches into apps\/relay/],
  ["an upward import inside the engine", "engine/io/bad.ts", from("@bilbycast/engine/flow"), /order in the engine/],
  ["a room of the engine without a place in the order", "engine/misc/bad.ts", "export const x = 0;\n", /no place in the order/],
  ["node: in a protocol", "protocols/rtp/bad.ts", from("node:dgram"), /pure code/],
  ["a built-in without its prefix in a protocol", "protocols/rtp/bad.ts", from("fs"), /pure code/],
  [
    "a built-in fetched by name in the foundation",
    "foundation/time/bad.ts",
    'export const fs = process.getBuiltinModule("node:fs");\n',
    /pure code/,
  ],
  ["node: in a transport", "transports/udp/bad.ts", from("node:net"), /only engine\/io/],
  ["a timer in engine/flow", "engine/flow/bad.ts", from("node:timers/promises"), /only engine\/io/],
  ["koffi outside engine/io", "engine/flow/bad.ts", from("koffi"), /only door to the system/],
  [
    "a declaration that imports a protocol",
    "transports/udp/declaration.ts",
    from("zod", "@bilbycast/protocols/rtp"),
    /a declaration imports/,
  ],
  [
    "a part of a declaration that imports a protocol",
    "transports/udp/declaration-stats.ts",
    from("zod", "@bilbycast/protocols/rtp"),
    /a declaration imports/,
  ],
  ["a declaration that imports a neighbouring file", "transports/udp/declaration.ts", from("./input.ts"), /a declaration imports/],
  ["a dependency that the manifest does not declare", "protocols/rtp/bad.ts", from("lodash"), /does not declare/],
  ["an import past a door", "protocols/rtp/bad.ts", from("@bilbycast/foundation/time/instant"), /no door of foundation/],
  ["a relative import out of the package", "protocols/rtp/bad.ts", from("../../foundation/time/index.ts"), /reaches into foundation/],
  ["a folder that imports its own door", "protocols/rtp/bad.ts", from("./index.ts"), /its own door/],
  ["a folder that imports its own door by name", "protocols/rtp/bad.ts", from("@bilbycast/protocols/rtp"), /its own door/],
  ["a transport in the console", "apps/console/src/bad.tsx", from("@bilbycast/transports/registry"), /knows the contracts alone/],
  ["node: in the console", "apps/console/src/bad.ts", from("node:fs"), /no Node in a browser/],
  ["a file of more than 400 lines", "protocols/rtp/long.ts", "// line\n".repeat(401), /401 lines/],
  ["a transport without a README", "transports/srt/input.ts", "export const open = 0;\n", /transports\/srt has no README/],
  ["a protocol without a README", "protocols/fec/index.ts", "export const rows = 0;\n", /protocols\/fec has no README/],
];

for (const [name, file, text, expected] of REJECTED) {
  test(`${name} is rejected`, () => {
    assert.match(planted(file, text).join("\n"), expected);
  });
}

const ALLOWED: [name: string, file: string, text: string][] = [
  ["a test of pure code using node:test and the testkit", "protocols/rtp/header.test.ts", from("node:test", "@bilbycast/testkit/network")],
  ["a test coming in through its folder's door", "protocols/rtp/test/header.test.ts", from("../index.ts")],
  [
    "a test of the console that fills the forms of real transports",
    "apps/console/src/form.test.ts",
    from("@bilbycast/transports/registry"),
  ],
  ["a source quoted inside a test", "protocols/rtp/quote.test.ts", '  const text = `\n  import { x } from "node:dgram";`;\n'],
  ["a generated file of any length", "transports/registry.gen.ts", "// line\n".repeat(401)],
];

for (const [name, file, text] of ALLOWED) {
  test(`${name} is allowed`, () => {
    assert.deepEqual(planted(file, text), []);
  });
}
