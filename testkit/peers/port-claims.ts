import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Tests of many processes choose ports at the same time, and look whether one is free by binding it: without claims one of them takes, or
// looks at, what another has chosen and not opened yet.

const FOLDER = join(tmpdir(), `bilbycast-test-ports-${process.getuid?.() ?? 0}`);
/** No file of tests runs for so long: whoever left a claim behind was killed. Milliseconds. */
const FORGOTTEN_MS = 6 * 3_600_000;

/** A soak asks for more ports than there are: after so long one of its own that is free may be chosen again. Milliseconds. */
const OPENED_MS = 120_000;

/** When this process claimed a port. */
const claims = new Map<number, number>();
let isReady = false;

const fileOf = (port: number): string => join(FOLDER, String(port));

const makeReady = (): void => {
  if (isReady) {
    return;
  }
  isReady = true;
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  const now = Date.now();
  for (const name of readdirSync(FOLDER)) {
    const claimedAt = statSync(join(FOLDER, name), { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - claimedAt > FORGOTTEN_MS) {
      rmSync(join(FOLDER, name), { force: true });
    }
  }
  process.on("exit", () => claims.forEach((_, port) => rmSync(fileOf(port), { force: true })));
};

/** Takes a port for this process until it ends. False: another one has it, or this one has claimed it within the last two minutes. */
export const claimPort = (port: number): boolean => {
  makeReady();
  try {
    writeFileSync(fileOf(port), String(process.pid), { flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") {
      throw cause;
    }
    const claimedAt = claims.get(port);
    if (claimedAt === undefined || Date.now() - claimedAt < OPENED_MS) {
      return false;
    }
  }
  claims.set(port, Date.now());
  return true;
};

/** Gives back what turned out not to be free. */
export const releasePort = (port: number): void => {
  claims.delete(port);
  rmSync(fileOf(port), { force: true });
};
