import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
  if (existsSync(page) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) {
    return;
  }
  process.stdout.write("Building the console, once.\n");
  await build(root);
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(stamp, digest);
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
