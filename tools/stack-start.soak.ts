import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { after, test, type TestContext } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { copyCheckout } from "./stack/checkout.ts";
import { ManagerApi } from "./stack/manager-api.ts";
import { processesBelow } from "./stack/processes-below.ts";
import { greetingOf, stackFolder } from "./stack/running-stack.ts";

// npm start where people have their clones: below a home that nobody else can enter. From the press of the key to a picture that moves.

const folder = stackFolder();
after(() => folder.remove());

/** nobody's: an account of every system, without rights. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 };
const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const isRoot = own.uid === 0;

type Account = { uid: number; gid: number };

/** As from a shell of its own: Ctrl-C there reaches the whole group. */
const npmStart = (copy: string, home: string, dataDir: string | undefined, account: Account): ChildProcess =>
  spawn("npm", ["start", "--", "--port", "0", ...(dataDir === undefined ? [] : ["--data-dir", dataDir])], {
    cwd: copy,
    env: { PATH: process.env["PATH"], HOME: home, BILBYCAST_LANES: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...(isRoot ? account : {}),
  });

const endByCtrlC = async (npm: ChildProcess): Promise<void> => {
  const exited = once(npm, "exit");
  process.kill(-(npm.pid ?? assert.fail()), "SIGINT");
  await exited;
};

/** Starts it, waits for a picture and another one, ends it. Tells how long each took. */
const proveStart = async (t: TestContext, home: string, dataDir: string | undefined, account: Account): Promise<void> => {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1_000).toFixed(1)} s`;
  const npm = npmStart(join(home, "bilbycast"), home, dataDir, account);
  let said = "";
  npm.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  npm.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  try {
    const { address, password, username } = await greetingOf(npm);
    t.diagnostic(`it greets after ${seconds()}`);
    const api = await ManagerApi.logIn(address, username, password);
    const { nodes } = await api.get<{ nodes: { id: string }[] }>("/nodes");
    const nodeId = nodes[0]?.id ?? assert.fail();
    const first = await api.picture(nodeId, "studio");
    t.diagnostic(`the first picture is there after ${seconds()}`);
    const second = await api.picture(nodeId, "studio", first);
    t.diagnostic(`it has moved after ${seconds()}`);
    assert.deepEqual(
      [first, second].map((picture) => picture.subarray(0, 2).toString("hex")),
      ["ffd8", "ffd8"],
    );
    await api.close();
  } catch (cause) {
    throw new Error(`It said:\n${said.slice(-8_000)}`, { cause });
  } finally {
    await endByCtrlC(npm);
  }
  await waitFor("all that it started to be gone", () => processesBelow(folder.path).length === 0, 10).catch(() => undefined);
  assert.deepEqual(processesBelow(folder.path), []);
};

test("an ordinary user's npm start, the first in a clone, leads to a moving picture and leaves nothing running", async (t) => {
  const account = isRoot ? UNPRIVILEGED : own;
  const home = join(folder.path, "home");
  const started = performance.now();
  copyCheckout(home, account);
  t.diagnostic(`the checkout was copied in ${((performance.now() - started) / 1_000).toFixed(1)} s, its packages as hard links`);
  await proveStart(t, home, undefined, account);
});

if (isRoot) {
  test("root's npm start in the same clone does too, although its database's account cannot enter that home", async (t) => {
    const data = join(folder.path, "data");
    mkdirSync(data, { mode: 0o711 });
    await proveStart(t, join(folder.path, "home"), data, { uid: 0, gid: 0 });
  });
}
