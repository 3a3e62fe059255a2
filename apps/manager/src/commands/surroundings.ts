import { mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { Fault } from "@bilbycast/foundation/fault";
import { Database } from "../database/database.ts";
import { EmbeddedPostgres } from "../database/embedded/embedded-postgres.ts";
import { externalTarget } from "../database/external-url.ts";
import type { Log } from "../log.ts";
import { readSettings, type ManagerSettings } from "../settings/settings.ts";

export const DEFAULT_CONFIG = fileURLToPath(new URL("../../config/default.toml", import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

/** Where an installation keeps what is its own, unless it is told: as root the system's place for that, else the person's. */
export const defaultDataDir = (environment: Environment): string =>
  process.getuid?.() === 0
    ? "/var/lib/bilbycast-manager"
    : join(environment["XDG_DATA_HOME"] ?? join(environment["HOME"] ?? homedir(), ".local", "share"), "bilbycast-manager");

/** The settings of a file and the environment. Throws the Fault `settings_unreadable` or `settings_invalid`. */
export const settingsFrom = async (path: string | undefined, environment: Environment): Promise<ManagerSettings> => {
  const file = path ?? DEFAULT_CONFIG;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new Fault("settings_unreadable", `The settings ${file} cannot be read`, { cause });
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    // The library quotes lines of the file, which may hold a password.
    const { line } = error as { line?: number };
    throw new Fault("settings_invalid", `The settings ${file} are no TOML${line === undefined ? "" : `: line ${line}`}`);
  }
  return readSettings(document, environment, defaultDataDir(environment));
};

/** The database of the settings, open; and how it is closed. */
export const openDatabase = async (settings: ManagerSettings, log: Log): Promise<{ database: Database; close: () => Promise<void> }> => {
  if (settings.databaseUrl !== undefined) {
    const database = await Database.open(externalTarget(settings.databaseUrl));
    return { database, close: () => database.close() };
  }
  // The database's account passes through it, where that is another one; what is in it is closed by itself.
  await mkdir(settings.dataDir, { recursive: true, mode: 0o711 });
  const server = await EmbeddedPostgres.start({
    folder: join(settings.dataDir, "database"),
    onEvent: ({ kind, message }) => log[kind === "died" || kind === "restart_failed" ? "error" : "info"]({ kind }, message),
  });
  try {
    const database = await Database.open(server.target);
    return {
      database,
      close: async () => {
        await database.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
};
