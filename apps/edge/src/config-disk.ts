import { open, readFile, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Fault } from "@bilbycast/foundation/fault";
import type { EdgeFaultCode } from "@bilbycast/contracts/edge-api";
import { isDeeperThan, JSON_DEPTH } from "@bilbycast/service/http";

/** The parsed JSON; `undefined` when there is no file. Throws a Fault of the given code that names the file. */
export const readJson = async (path: string, what: string, code: EdgeFaultCode): Promise<unknown> => {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw new Fault(code, `The ${what} ${path} could not be read`, { cause, details: { path } });
  }
  let found: unknown;
  try {
    found = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new Fault(code, `The ${what} ${path} is not JSON${whereIn(cause)}`, { details: { path } });
  }
  if (isDeeperThan(found, JSON_DEPTH)) {
    throw new Fault(code, `The ${what} ${path} has more than ${JSON_DEPTH} objects and lists nested in each other`, { details: { path } });
  }
  return found;
};

/** Where a text stops being JSON. The parser's own sentence repeats the text, which may be a secret. */
const whereIn = (error: unknown): string => {
  const said = error instanceof Error ? error.message : "";
  const place = /line \d+ column \d+/.exec(said)?.[0];
  if (place !== undefined) {
    return `: see ${place}`;
  }
  return /end of JSON input/i.test(said) ? ": it ends too early" : "";
};

/** A whole file beside the one that it will replace, safe on the disk. `publish` puts it in place, `discard` takes it away. */
export class StagedFile {
  readonly #path: string;
  readonly #temporary: string;

  private constructor(path: string) {
    this.#path = path;
    this.#temporary = join(dirname(path), `${basename(path)}.tmp`);
  }

  /** `mode` undefined: that of the file which is replaced, and the owner's alone when there is none. */
  static async write(path: string, text: string, mode?: number): Promise<StagedFile> {
    const staged = new StagedFile(path);
    const wanted = mode ?? (await modeOf(path));
    try {
      const file = await openAnew(staged.#temporary, wanted);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (cause) {
      await staged.discard();
      throw cause;
    }
    return staged;
  }

  /** A reader, and a machine that loses power, finds either the old file or the new one, whole. */
  async publish(): Promise<void> {
    await rename(this.#temporary, this.#path);
    await syncFolder(dirname(this.#path));
  }

  async discard(): Promise<void> {
    await rm(this.#temporary, { force: true }).catch(() => undefined);
  }
}

/** What a crash left behind must not lend its permissions. */
const openAnew = async (path: string, mode: number): Promise<FileHandle> => {
  try {
    return await open(path, "wx", mode);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") {
      throw cause;
    }
    await rm(path, { force: true });
    return open(path, "wx", mode);
  }
};

const modeOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  );

/** A rename is safe only once the folder is on the disk. Not every system can open a folder. */
export const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, "r").catch(() => undefined);
  if (folder === undefined) {
    return;
  }
  try {
    await folder.sync();
  } catch {
    // Some file systems refuse to sync a folder; the rename itself is done.
  } finally {
    await folder.close();
  }
};
