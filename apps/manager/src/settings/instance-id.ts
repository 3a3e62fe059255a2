import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What tells this instance from others on the same database: as it was named, else as it was named before, else a new name. */
export const instanceIdOf = async (named: string | undefined, dataDir: string): Promise<string> => {
  if (named !== undefined) {
    return named.slice(0, 64);
  }
  const path = join(dataDir, "instance_id");
  const known = (await readFile(path, "utf8").catch(() => "")).trim();
  if (/^[0-9a-zA-Z_.-]{1,64}$/.test(known)) {
    return known;
  }
  const id = randomUUID();
  // To be passed through and not looked into: as root the database below it runs as another account.
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  await writeFile(path, `${id}\n`, { mode: 0o600 });
  return id;
};
