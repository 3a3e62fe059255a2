import type { Log } from "../log.ts";
import { startManager, type RunningManager } from "../serve/manager.ts";
import { instanceIdOf } from "../settings/instance-id.ts";
import { readKeys } from "../settings/keys.ts";
import { managerVersion } from "../version.ts";
import { prepareDemonstration } from "./demonstration.ts";
import { isEmpty } from "./first-person.ts";
import { openDatabase, settingsFrom } from "./surroundings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Milliseconds that a stop may take. */
const STOP_PATIENCE = 6_000;

export type ServeOptions = { config: string | undefined; port: number | undefined; demo: boolean };

/** Runs the manager until a signal. */
export const serve = async ({ config, demo, port }: ServeOptions, environment: Environment, log: Log): Promise<void> => {
  const keys = readKeys(environment);
  const found = await settingsFrom(config, environment);
  const settings = port === undefined ? found : { ...found, listenPort: port };
  const stopping = stopRequest();
  const instanceId = await instanceIdOf(settings.instanceId, settings.dataDir);
  const { database, close } = await openDatabase(settings, log);
  let manager: RunningManager;
  try {
    manager = await startManager({
      settings,
      keys,
      database,
      instanceId,
      version: managerVersion(),
      log,
      driverFolders: foldersOf(environment["BILBYCAST_DRIVER_DIRS"]),
    });
  } catch (error) {
    await close();
    throw error;
  }
  log.info({ address: manager.address, instance_id: instanceId }, "the manager runs");
  if (demo) {
    process.send?.(await prepareDemonstration(manager, settings.dataDir));
  } else if (await isEmpty(database)) {
    log.warn('nobody can log in yet: stop this and run "bilbycast-manager setup"');
  }
  log.info({ reason: await stopping }, "stopping");
  setTimeout(() => process.exit(1), STOP_PATIENCE).unref();
  await manager.stop();
  await close();
  log.info("stopped");
};

const foldersOf = (text: string | undefined): string[] => (text ?? "").split(":").filter((folder) => folder !== "");

/** What ends it in an orderly way. The launcher's end shows as the end of the channel to it. */
const stopRequest = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => resolve(signal));
    }
    if (process.connected) {
      process.once("disconnect", () => resolve("the launcher ended"));
    }
  });
