import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Stat } from "@bilbycast/engine/transport/declare";
import { metricsPage } from "./gen-metrics.ts";
import { backendsPage, type BackendTables } from "./gen-backends.ts";
import { managerApiPage, type ManagerTables } from "./gen-manager-api.ts";
import { nodeLinkPage, type NodeLinkTables } from "./gen-node-link.ts";
import { configPage, faultsPage, statsPage, type SharedStats } from "./gen-reference.ts";
import { declarationsSource, registrySource, type TransportFolder } from "./gen-registry.ts";

// npm run gen: what follows from the transports' declarations. With --check it writes nothing and fails when a file is not fresh.

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** The generated files of a tree: path from its root to text. */
export const generate = async (root: string): Promise<Map<string, string>> => {
  const transports = await readTransports(root);
  const shared = (await load(root, "engine/flow/part-stats.ts")) as Partial<Record<string, Readonly<Record<string, Stat>>>>;
  const api = (await load(root, "contracts/edge-api/faults.ts")) as Partial<Record<string, Readonly<Record<string, string>>>>;
  const engine = (await load(root, "engine/flow/codes.ts")) as Partial<Record<string, Readonly<Record<string, string>>>>;
  const backends = (await load(root, "engine/io/backends.ts")) as Partial<BackendTables>;
  const database = (await load(root, "apps/manager/src/database/faults.ts")) as Partial<Record<string, Readonly<Record<string, string>>>>;
  const manager = (await load(root, "apps/manager/src/alarms/own-events.ts")) as Partial<Record<string, Readonly<Record<string, string>>>>;
  const faults = {
    API: api["EDGE_FAULTS"] ?? {},
    engine: engine["ENGINE_FAULTS"] ?? {},
    "manager's database": database["DATABASE_FAULTS"] ?? {},
  };
  const events = { edge: api["EDGE_EVENTS"] ?? {}, engine: engine["ENGINE_EVENTS"] ?? {}, manager: manager["OWN_EVENTS"] ?? {} };
  const stats: SharedStats = { input: shared["INPUT_STATS"] ?? {}, output: shared["OUTPUT_STATS"] ?? {}, lane: shared["LANE_STATS"] ?? {} };
  const declarations = transports.map((transport) => transport.declaration);
  return new Map([
    ["transports/declarations.gen.ts", declarationsSource(transports)],
    ["transports/registry.gen.ts", registrySource(transports)],
    ["docs/reference/config.md", configPage(declarations)],
    ["docs/reference/backends.md", backendsPage(backends)],
    ["docs/reference/stats.md", statsPage(declarations, stats)],
    ["docs/reference/metrics.md", metricsPage(declarations, stats)],
    ["docs/reference/node-link.md", nodeLinkPage((await load(root, "contracts/node-link/index.ts")) as Partial<NodeLinkTables>)],
    ["docs/reference/manager-api.md", managerApiPage((await load(root, "contracts/manager-api/index.ts")) as Partial<ManagerTables>)],
    ["docs/reference/faults.md", faultsPage(declarations, faults, events)],
  ]);
};

/** The generated files of a tree that are missing or say something else than they would now. */
export const findStale = async (root: string): Promise<string[]> =>
  [...(await generate(root))].filter(([file, text]) => readText(join(root, file)) !== text).map(([file]) => file);

const readTransports = async (root: string): Promise<TransportFolder[]> => {
  const folders = readdirSync(join(root, "transports"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, "transports", entry.name, "declaration.ts")))
    .map((entry) => entry.name)
    .toSorted();
  return Promise.all(folders.map((folder) => readTransport(root, folder)));
};

const readTransport = async (root: string, folder: string): Promise<TransportFolder> => {
  const file = `transports/${folder}/declaration.ts`;
  const { declaration } = (await load(root, file)) as Partial<TransportFolder>;
  if (declaration === undefined) {
    throw new Error(`${file} exports no declaration`);
  }
  if (declaration.kind.replaceAll("_", "-") !== folder) {
    throw new Error(`${file} declares ${declaration.kind}: its folder would be ${declaration.kind.replaceAll("_", "-")}`);
  }
  const has = (half: string): boolean => existsSync(join(root, "transports", folder, `${half}.ts`));
  const transport = { folder, declaration, input: has("input"), output: has("output") };
  for (const half of ["input", "output"] as const) {
    if (transport[half] !== (declaration[half] !== undefined)) {
      throw new Error(`transports/${folder}: ${half}.ts and the declaration's ${half} go together, and only one is there`);
    }
  }
  return transport;
};

const load = async (root: string, file: string): Promise<object> => {
  const path = join(root, file);
  return existsSync(path) ? ((await import(pathToFileURL(path).href)) as object) : {};
};

const readText = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes("--check")) {
    const stale = await findStale(ROOT);
    for (const file of stale) {
      console.error(`${file} is not fresh: run npm run gen`);
    }
    return stale.length === 0 ? 0 : 1;
  }
  for (const [file, text] of await generate(ROOT)) {
    const path = join(ROOT, file);
    if (readText(path) !== text) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      console.log(`wrote ${file}`);
    }
  }
  return 0;
};

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2));
}
