import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { Fault } from "@bilbycast/foundation/fault";
import { initialiserFor, type Account } from "./account.ts";
import type { Layout } from "./layout.ts";
import type { Programs } from "./programs.ts";
import { faultOfOutput } from "./server-log.ts";

/** The superuser, for what only it may: making the database and its owner. */
export const SUPERUSER = "postgres";

/** Without a disk that keeps its word there is nothing to be durable for, and tests start sooner. */
export type InitialiseOptions = { sync: boolean };

/** The major version that made the folder; `undefined` when there is none yet. */
export const madeBy = (data: string): number | undefined => {
  try {
    return Number.parseInt(readFileSync(join(data, "PG_VERSION"), "utf8"), 10);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    // Somebody else's, root's perhaps: anything but a reason to make another one.
    throw new Fault("database_folder_unusable", `The folder ${data} of the database cannot be read.`, { cause });
  }
};

/** Fills the data folder, whole or not at all. */
export const initialise = async (
  layout: Layout,
  programs: Programs,
  account: Account | undefined,
  options: InitialiseOptions,
): Promise<void> => {
  const staged = mkdtempSync(join(layout.folder, ".initdb-"));
  try {
    const initialiser = initialiserFor(account);
    if (initialiser !== undefined) {
      chownSync(staged, initialiser.uid, initialiser.gid);
    }
    const data = join(staged, "data");
    await runInitdb(programs, data, initialiser, options);
    if (account !== undefined) {
      handOver(data, account);
    }
    renameSync(data, layout.data);
  } catch (error) {
    // Another manager was quicker, and may have cleared ours away as a leftover; its folder serves as well, and who may use it is settled later.
    if (madeBy(layout.data) === undefined) {
      throw error;
    }
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
};

/**
 * Everybody who reaches the socket is let in (`trust`): that is the account itself and root, who could read the files as
 * well, and a password would have to lie beside them. Peer authentication would need a name for each account, which
 * containers do not have.
 */
const runInitdb = async (programs: Programs, data: string, account: Account | undefined, { sync }: InitialiseOptions): Promise<void> => {
  const { code, output } = await run(
    programs.initdb,
    [
      ...["-D", data, "-U", SUPERUSER, "--auth-local=trust", "--auth-host=reject", "--no-instructions"],
      ...["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
      // Small pieces of the log, since a control plane writes little and two of them are there from the start.
      ...["--data-checksums", "--wal-segsize=4"],
      ...(sync ? [] : ["--no-sync"]),
    ],
    account,
  );
  if (code !== 0) {
    throw faultOfOutput("database_initialise_failed", "The folder of the database could not be filled.", output);
  }
};

/** The environment of what we start: nothing of ours, which has secrets in it. */
export const CLEAN_ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/** Runs a program to its end and keeps what it said. */
export const run = (program: string, args: readonly string[], account: Account | undefined): Promise<{ code: number; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...account, cwd: "/", env: CLEAN_ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (text: string): void => {
      output = (output + text).slice(-OUTPUT_KEPT);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", (cause: NodeJS.ErrnoException) => reject(refusalOf(cause, program)));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });

const OUTPUT_KEPT = 8192;

/** Why a program could not even be started. */
export const refusalOf = (cause: NodeJS.ErrnoException, program: string): Fault =>
  cause.code === "EPERM" || cause.code === "EINVAL"
    ? new Fault(
        "database_account_refused",
        "PostgreSQL does not run as root, and the system does not let this program start it as another account. Run as an ordinary user, or set DATABASE_URL.",
        { cause },
      )
    : new Fault("database_programs_unusable", `${program} could not be run.`, { cause });

/** Makes the folder and everything in it the account's. */
export const handOver = (path: string, { uid, gid }: Account): void => {
  lchownSync(path, uid, gid);
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    lchownSync(join(entry.parentPath, entry.name), uid, gid);
  }
};

/** A folder that is one account's alone; made when absent, refused when somebody else made it: that may be below /tmp. */
export const privateFolder = (path: string, account: Account | undefined): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = lstatSync(path);
  if (!stats.isDirectory() || ![account?.uid, process.getuid?.()].includes(stats.uid)) {
    throw new Fault("database_folder_unusable", `${path} is to be a folder of the database's own and belongs to somebody else.`);
  }
  if (account !== undefined) {
    chownSync(path, account.uid, account.gid);
  }
  chmodSync(path, 0o700);
};
