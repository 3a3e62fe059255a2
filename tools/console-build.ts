import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What the console is made of. */
const SOURCES = [
  "apps/console/src",
  "apps/console/public",
  "apps/console/fonts",
  "apps/console/index.html",
  "apps/console/vite.config.ts",
  "apps/console/package.json",
  "contracts",
  "package-lock.json",
];

/** Builds the web console, unless it is built from what stands there now. Throws with what the build said. */
export const buildConsole = async (root: string): Promise<void> => {
  const digest = digestOf(root);
  const stamp = join(root, ".cache", "console-build");
  const page = join(root, "apps", "console", "dist", "index.html");
  if (isBuilt(page, stamp, digest)) {
    return;
  }
  process.stdout.write("Building the console, once.\n");
  try {
    await build(root);
  } catch (error) {
    // Somebody else is at it, who will have built the same.
    if (!String(error).includes("another Vite build process") || !(await isBuiltMeanwhile(() => isBuilt(page, stamp, digest)))) {
      throw error;
    }
    return;
  }
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(stamp, digest);
};

const isBuilt = (page: string, stamp: string, digest: string): boolean =>
  existsSync(page) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest;

/** Seconds that another build may take on a machine that has much else to do. */
const PATIENCE = 120;

const isBuiltMeanwhile = async (isSo: () => boolean): Promise<boolean> => {
  for (let waited = 0; waited < PATIENCE && !isSo(); waited++) {
    await sleep(1_000);
  }
  return isSo();
};

const digestOf = (root: string): string => {
  const hash = createHash("sha256");
  for (const path of SOURCES.flatMap((source) => filesIn(root, source)).toSorted()) {
    hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
};

const filesIn = (root: string, path: string): string[] => {
  const full = join(root, path);
  if (!existsSync(full)) {
    return [];
  }
  try {
    return readdirSync(full, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules") && !entry.name.endsWith(".test.ts"))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replace(/^\//, ""));
  } catch {
    return [path];
  }
};

const build = (root: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "node_modules", "vite", "bin", "vite.js"), "build", "--logLevel", "warn"], {
      cwd: join(root, "apps", "console"),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    const keep = (chunk: Buffer): void => {
      said += chunk.toString();
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`The console could not be built:\n${said}`))));
  });
