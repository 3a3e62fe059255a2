"use strict";
// CommonJS and old syntax on purpose: this runs under whatever Node the machine has, before Node 26 is there.
const { spawn, spawnSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { delimiter, join } = require("node:path");

const ROOT = join(__dirname, "..");

/** Node 26 as npm installed it for this machine; undefined when it did not. */
const findNode = () => {
  const program = process.platform === "win32" ? "node.exe" : "node";
  const name = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  return [`node-${name}`, `node-bin-${name}`]
    .flatMap((folder) => [join(ROOT, "node_modules", folder, "bin", program), join(ROOT, "node_modules", folder, program)])
    .find((file) => existsSync(file));
};

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
};

/**
 * Whether node_modules holds what package-lock.json asks for. Versions are compared, not times: a checkout gives
 * every file a new time. Packages for other platforms are optional and may be absent.
 */
const isInstalled = () => {
  const wanted = readJson(join(ROOT, "package-lock.json"));
  const present = readJson(join(ROOT, "node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined || findNode() === undefined) {
    return false;
  }
  return Object.entries(wanted.packages)
    .filter(([path]) => path.includes("node_modules/"))
    .every(([path, entry]) => {
      const found = present.packages[path];
      return found === undefined ? entry.optional === true : found.link === true || found.version === entry.version;
    });
};

/** Brings node_modules to what the lockfile says, if it is not there already. Needs npm and the network, never root. */
const install = () => {
  if (isInstalled()) {
    return;
  }
  console.log("Installing Node 26 and the packages (npm ci), once.");
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  const byNpm = npm !== undefined && npm.endsWith(".js") && node !== undefined;
  const [command, ...args] = byNpm ? [node, npm, "ci"] : ["npm", "ci"];
  // npm ci empties node_modules first, so a node from there must not be the one that runs npm.
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter);
  const done = spawnSync(command, args, {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
    shell: process.platform === "win32" && !byNpm,
  });
  if (done.status !== 0) {
    console.error("npm ci failed; its own message is above.");
    process.exit(done.status ?? 1);
  }
  if (findNode() === undefined) {
    console.error(`There is no Node 26 package for ${process.platform} on ${process.arch}.`);
    process.exit(1);
  }
};

/** How long a Ctrl-C that the terminal sent may take before the child is told again, milliseconds. */
const TERMINAL_GRACE_MS = 1_500;

/**
 * Runs a program in the foreground; resolves with its exit code. Signals reach it exactly once: a terminal gives
 * Ctrl-C to the whole group, so it is passed on only where there is no terminal, and npm's copy of it is not.
 */
const foreground = (command, args) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "inherit", cwd: process.cwd() });
    let told = false;
    const tell = (signal) => {
      if (!told) {
        told = true;
        child.kill(signal);
      }
    };
    process.on("SIGINT", () => {
      if (process.stdin.isTTY) {
        setTimeout(() => tell("SIGTERM"), TERMINAL_GRACE_MS).unref();
      } else {
        tell("SIGINT");
      }
    });
    process.on("SIGTERM", () => tell("SIGTERM"));
    process.on("SIGHUP", () => tell("SIGTERM"));
    child.on("error", (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) => resolve(code ?? (told || signal === "SIGINT" ? 130 : 1)));
  });

/** Runs a .ts file under Node 26. */
const runTs = (file, args) => foreground(findNode() ?? process.execPath, [file, ...args]);

module.exports = { ROOT, findNode, foreground, install, isInstalled, runTs };
