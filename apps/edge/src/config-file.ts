import { copyFile, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { constants } from "node:fs";
import { Fault } from "@bilbycast/foundation/fault";
import type { ConfigDocument } from "@bilbycast/contracts/config";

/** What a missing file stands for. */
export const defaultDocument = (): ConfigDocument => ({
  version: 2,
  server: { listen_addr: "127.0.0.1", listen_port: 8080 },
  inputs: [],
  outputs: [],
  flows: [],
});

/** The parsed JSON; `undefined` when there is no file. Throws the Fault `config_unreadable`, with the line when it is not JSON. */
export const readConfigFile = async (path: string): Promise<unknown> => {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw new Fault("config_unreadable", `The configuration file ${path} could not be read`, { cause, details: { path } });
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch (cause) {
    throw new Fault("config_unreadable", `The configuration file ${path} is not JSON`, { cause, details: { path } });
  }
};

/**
 * Puts the document in the file's place so that a reader, and a machine that loses power, finds either the old or the new one, whole.
 * The file keeps its permissions; a new one belongs to its owner alone, since flows carry credentials.
 */
export const writeConfigFile = async (path: string, document: ConfigDocument): Promise<void> => {
  const temporary = join(dirname(path), `${basename(path)}.tmp`);
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  );
  try {
    // What a crash left behind must not lend its permissions.
    await rm(temporary, { force: true });
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(`${JSON.stringify(document, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cause;
  }
  await syncFolder(dirname(path));
};

/** Keeps a file of version 1 beside the one that replaces it, as `config.v1.json`. The first copy is never overwritten. */
export const keepVersionOne = async (path: string): Promise<void> => {
  const kept = join(dirname(path), basename(path).replace(/(\.json)?$/, ".v1.json"));
  try {
    await copyFile(path, kept, constants.COPYFILE_EXCL);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") {
      throw cause;
    }
  }
};

/** A rename is safe only once the folder is on the disk. Not every system can open a folder. */
const syncFolder = async (path: string): Promise<void> => {
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
