import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { posix } from "node:path";
import { importsOf } from "./imports.ts";
import { doorsOf, packageOf, packagesOf, roomOf, type Package } from "./rooms.ts";

/** The tree as the rules see it: path from the root, with slashes, to text. Only sources, manifests and READMEs matter. */
export type Tree = ReadonlyMap<string, string>;

/** Something that breaks the architecture, and what would be right. */
export type Violation = { file: string; message: string };

/** Each layer imports itself and those before it. */
const LAYERS = ["foundation", "protocols", "engine", "transports", "contracts", "service", "apps"];

/** Layers beside the stack: what they may look at. */
const ASIDE: Readonly<Record<string, readonly string[]>> = {
  testkit: ["foundation", "protocols", "engine", "transports", "testkit"],
  bench: ["foundation", "protocols", "engine", "transports", "testkit", "bench"],
  tools: ["foundation", "protocols", "engine", "transports", "contracts", "service", "testkit", "tools"],
};

/** Within these a folder does not know its neighbours. */
const SIBLINGS_APART = new Set(["protocols", "transports", "apps"]);

/** The rooms of the engine: each imports those before it. */
const ENGINE_ORDER = ["telemetry", "io", "transport", "media", "analysis", "elementary", "flow"];

/** Where there is no system, only bytes and time. */
const PURE = new Set(["foundation", "protocols"]);

/** Layers that may open sockets, files and clocks; in the engine only `io` may. */
const MAY_TOUCH_THE_WORLD = new Set(["service", "apps", "tools", "testkit", "bench"]);

/** In engine/flow, engine/analysis and engine/media: message ports between threads and random numbers are neither socket, file, timer nor clock. */
const THREAD_BUILTINS = new Set(["node:worker_threads", "node:crypto"]);

/** The program of a codec host: a process of its own, which the edge starts. */
const HOST_PROGRAM = "engine/media/host/";

const DECLARATION_IMPORTS = new Set(["zod", "@bilbycast/engine/transport/declare"]);

/** The only program that does not run on Node. */
const CONSOLE = "apps/console";

const LINES_MAX = 400;

/** Everything in the tree that breaks a rule, in order of path. Pure: planted trees are judged like the real one. */
export const findViolations = (tree: Tree): Violation[] => {
  const packages = packagesOf(tree);
  const sources = [...tree.keys()].filter((file) => /\.tsx?$/.test(file) && packageOf(packages, file) !== undefined).toSorted();
  return [...sources.flatMap((file) => judgeFile(tree, packages, file)), ...missingReadmes(tree, sources)];
};

const judgeFile = (tree: Tree, packages: readonly Package[], file: string): Violation[] => {
  const source = tree.get(file) ?? "";
  const own = packageOf(packages, file);
  if (own === undefined) {
    return [];
  }
  const messages = importsOf(source).flatMap((specifier) => judgeImport(packages, tree, own, file, specifier));
  const lines = source.split("\n").length - 1;
  if (lines > LINES_MAX && !file.endsWith(".gen.ts")) {
    messages.push(`has ${lines} lines, more than ${LINES_MAX}: look for the second noun in it`);
  }
  if (own.layer === "engine" && file.split("/").length > 2 && !ENGINE_ORDER.includes(file.split("/")[1] ?? "")) {
    messages.push(`is in a room of the engine that has no place in the order ${ENGINE_ORDER.join(" < ")}`);
  }
  return messages.map((message) => ({ file, message }));
};

const judgeImport = (packages: readonly Package[], tree: Tree, own: Package, file: string, specifier: string): string[] => {
  const rules = [judgeDeclaration(file, specifier)];
  if (specifier.startsWith(".")) {
    rules.push(...judgeRelative(packages, own, file, specifier));
  } else if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
    rules.push(judgeBuiltin(own, file, specifier));
  } else {
    rules.push(judgeDependency(own, file, specifier), ...judgePackageImport(packages, tree, own, file, specifier));
  }
  return rules.filter((message) => message !== undefined);
};

/** Tests, and what stands in a test/ folder for them. */
const isTest = (file: string): boolean => file.endsWith(".test.ts") || file.includes("/test/");

/** A long declaration has parts beside it, held to the same. */
const judgeDeclaration = (file: string, specifier: string): string | undefined =>
  /^transports\/[^/]+\/declaration(-[a-z-]+)?\.ts$/.test(file) &&
  !DECLARATION_IMPORTS.has(specifier) &&
  !/^\.\/declaration-[a-z-]+\.ts$/.test(specifier)
    ? `imports ${specifier}: a declaration imports ${[...DECLARATION_IMPORTS].join(" and ")} only, the console and the docs load it too`
    : undefined;

const judgeRelative = (packages: readonly Package[], own: Package, file: string, specifier: string): (string | undefined)[] => {
  const target = posix.join(posix.dirname(file), specifier);
  const other = packageOf(packages, target);
  if (other !== own) {
    return [`reaches into ${target} by a path: import ${other === undefined ? "nothing from outside the packages" : `${other.name}/…`}`];
  }
  const here = roomOf(own, file);
  const there = roomOf(own, target);
  if (here === there) {
    // Tests may come in through the door like anybody; the folder itself would make a circle.
    return [
      target === doorsOf(own, there) && !isTest(file) ? `imports its own door ${specifier}: import the file that holds it` : undefined,
    ];
  }
  // A file beside the rooms (a generated registry, a program's entry) joins them, so it sees them all.
  return [
    here === own.folder ? undefined : `imports ${target} by a path: import ${own.name}/${there.slice(own.folder.length + 1)} instead`,
  ];
};

const judgeBuiltin = (own: Package, file: string, specifier: string): string | undefined => {
  if (file.startsWith(`${CONSOLE}/src/`) && !isTest(file)) {
    return `imports ${specifier}: there is no Node in a browser`;
  }
  if (isTest(file) || MAY_TOUCH_THE_WORLD.has(own.layer) || file.startsWith("engine/io/") || file.startsWith(HOST_PROGRAM)) {
    return undefined;
  }
  if (/^engine\/(flow|analysis|media)\//.test(file) && THREAD_BUILTINS.has(specifier)) {
    return undefined;
  }
  return PURE.has(own.layer)
    ? `imports ${specifier}: pure code has no system under it, take bytes and time as arguments`
    : `imports ${specifier}: only engine/io and programs touch sockets, files, timers and clocks`;
};

/** What a test of any package may import: the kit, and the browser's driver, which the root declares once for all. */
const FOR_TESTS = new Set(["@bilbycast/testkit", "playwright-core"]);

const judgeDependency = (own: Package, file: string, specifier: string): string | undefined => {
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (name === own.name || own.dependencies.has(name) || (isTest(file) && FOR_TESTS.has(name))) {
    return undefined;
  }
  return `imports ${name}, which ${own.folder}/package.json does not declare`;
};

const judgePackageImport = (
  packages: readonly Package[],
  tree: Tree,
  own: Package,
  file: string,
  specifier: string,
): (string | undefined)[] => {
  const target = packages.find((each) => specifier === each.name || specifier.startsWith(`${each.name}/`));
  if (target === undefined) {
    const world = own.layer === "engine" && specifier === "koffi" && !file.startsWith("engine/io/");
    return [world ? "imports koffi: engine/io is the only door to the system" : undefined];
  }
  const path = target.resolve(specifier.slice(target.name.length));
  if (path === undefined || !tree.has(path)) {
    return [`imports ${specifier}, which is no door of ${target.folder}: see the exports in its package.json`];
  }
  return [judgeLayers(own, target, file, specifier), judgeRooms(own, target, file, path)];
};

const judgeLayers = (own: Package, target: Package, file: string, specifier: string): string | undefined => {
  if (isTest(file) && target.layer === "testkit") {
    return undefined;
  }
  const below = ASIDE[own.layer] ?? LAYERS.slice(0, LAYERS.indexOf(own.layer) + 1);
  if (own.folder === CONSOLE && own !== target && target.layer !== "contracts" && !isTest(file)) {
    return `imports ${specifier}: the console runs in browsers and knows the contracts alone`;
  }
  if (!below.includes(target.layer)) {
    return `imports ${specifier} upward: ${own.layer} is below ${target.layer}`;
  }
  return own !== target && own.layer === target.layer && SIBLINGS_APART.has(own.layer) ? sideways(specifier) : undefined;
};

const sideways = (specifier: string): string => `imports its sibling ${specifier}: move what both need one layer down`;

const judgeRooms = (own: Package, target: Package, file: string, path: string): string | undefined => {
  const here = roomOf(own, file);
  const there = roomOf(target, path);
  if (own !== target || here === own.folder) {
    return undefined;
  }
  if (here === there) {
    return isTest(file) ? undefined : `imports its own door ${path}: import the file that holds it`;
  }
  if (SIBLINGS_APART.has(own.layer)) {
    return sideways(there);
  }
  const [from, to] = [here, there].map((room) => ENGINE_ORDER.indexOf(room.split("/")[1] ?? ""));
  const upward = own.layer === "engine" && from !== undefined && to !== undefined && to > from;
  return upward ? `imports ${there} upward: the order in the engine is ${ENGINE_ORDER.join(" < ")}` : undefined;
};

const missingReadmes = (tree: Tree, sources: readonly string[]): Violation[] => {
  const folders = new Set(
    sources.map((file) => /^((?:protocols|transports)\/[^/]+)\//.exec(file)?.[1]).filter((folder) => folder !== undefined),
  );
  return [...folders].filter((folder) => !tree.has(`${folder}/README.md`)).map((folder) => ({ file: folder, message: "has no README.md" }));
};

/** Reads the real tree: sources, manifests and READMEs, without what npm or a build put there. */
export const readTree = (root: string): Tree => {
  const tree = new Map<string, string>();
  const folders = [...LAYERS, ...Object.keys(ASIDE)].filter((folder) => existsSync(`${root}/${folder}`));
  for (const folder of folders) {
    for (const entry of readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })) {
      const path = `${entry.parentPath}/${entry.name}`.slice(root.length + 1);
      if (entry.isFile() && !path.includes("node_modules/") && /\.tsx?$|(^|\/)package\.json$|README\.md$/.test(path)) {
        tree.set(path, readFileSync(`${root}/${path}`, "utf8"));
      }
    }
  }
  return tree;
};

const main = (): number => {
  const violations = findViolations(readTree(new URL("..", import.meta.url).pathname.replace(/\/$/, "")));
  for (const { file, message } of violations) {
    console.error(`${file} ${message}`);
  }
  return violations.length === 0 ? 0 : 1;
};

if (import.meta.main) {
  process.exitCode = main();
}
