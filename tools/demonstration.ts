import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildConsole } from "./console-build.ts";

// The main job of npm start: a manager with its embedded database, and an edge with three test pictures that is registered there.

const ROOT = new URL("..", import.meta.url).pathname;
const PORTS = Array.from({ length: 20 }, (_, i) => 8443 + i);
/** Milliseconds that both may take to end. */
const STOP_PATIENCE = 10_000;

type Demonstration = {
  type: "demonstration";
  address: string;
  username: string;
  password?: string;
  enrolment: { managerUrl: string; token?: string; fingerprint?: string };
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({ args: process.argv.slice(2), options: { port: { type: "string" }, "data-dir": { type: "string" } } });
  await buildConsole(ROOT);
  const folder = values["data-dir"] ?? process.env["BILBYCAST_DATA_DIR"] ?? defaultFolder();
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const port = values.port ?? String(await freePort(PORTS));
  const stopping = stopRequest();
  const manager = start("manager", ["serve", "--demo", "--port", port], { BILBYCAST_DATA_DIR: folder, ...keys(folder) });
  const told = await Promise.race([demonstrationOf(manager), ended(manager)]);
  if (typeof told === "number") {
    return told;
  }
  const edgeFolder = join(folder, "edge");
  mkdirSync(edgeFolder, { recursive: true, mode: 0o700 });
  const { enrolment } = told;
  const edge = start("edge", ["--demo"], {
    BILBYCAST_LOG: "warn",
    BILBYCAST_DEMO_DIR: edgeFolder,
    BILBYCAST_MANAGER_URL: enrolment.managerUrl,
    ...(enrolment.token === undefined ? {} : { BILBYCAST_REGISTRATION_TOKEN: enrolment.token }),
    ...(enrolment.fingerprint === undefined ? {} : { BILBYCAST_MANAGER_FINGERPRINT: enrolment.fingerprint }),
  });
  process.stdout.write(greeting(told));
  const code = await Promise.race([stopping, ended(manager), ended(edge)]);
  process.stdout.write("stopping\n");
  await Promise.all([stop(edge), stop(manager)]);
  return code;
};

const greeting = ({ address, password, username }: Demonstration): string => `
bilbycast

  open     ${address}
  log in   ${username}   ${password ?? "(the password that you gave yourself)"}
  end      Ctrl-C

The browser warns of the certificate: this manager made its own.

`;

/** As root: below a folder that the account of the database can reach. */
const defaultFolder = (): string =>
  process.getuid?.() === 0
    ? "/var/lib/bilbycast-manager"
    : join(process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "bilbycast-manager");

/** The two keys of the installation: made once, readable by nobody else. What the environment brings goes before. */
const keys = (folder: string): Record<string, string> => {
  const path = join(folder, "keys.json");
  if (!existsSync(path)) {
    const made = { BILBYCAST_JWT_SECRET: randomBytes(32).toString("hex"), BILBYCAST_MASTER_KEY: randomBytes(32).toString("hex") };
    writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  }
  const kept = JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
  return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, process.env[name] ?? value]));
};

const start = (program: string, args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, [join(ROOT, "apps", program, "bin", `bilbycast-${program}.cjs`), ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    // A terminal gives Ctrl-C to the whole group: the edge is to end before the manager, so both are told by us alone.
    detached: true,
  });

const demonstrationOf = (manager: ChildProcess): Promise<Demonstration> =>
  new Promise((resolve) => {
    manager.on("message", (message) => {
      if ((message as { type?: string }).type === "demonstration") {
        resolve(message as Demonstration);
      }
    });
  });

const ended = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once("exit", (code) => resolve(code ?? 1));
    child.once("error", () => resolve(1));
  });

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE);
    child.kill("SIGTERM");
    await ended(child);
    clearTimeout(timer);
  }
};

const stopRequest = (): Promise<number> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => resolve(0));
    }
  });

/** The first that nobody has. */
const freePort = async (ports: readonly number[]): Promise<number> => {
  for (const port of ports) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, () => resolve(true));
    });
    server.close();
    if (isFree) {
      return port;
    }
  }
  return 0;
};

process.exitCode = await main();
