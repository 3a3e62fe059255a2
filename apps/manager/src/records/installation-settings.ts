import { settingsSchema, type Settings } from "@bilbycast/contracts/manager-api";
import type { Database } from "../database/database.ts";
import type { Queries, Transaction } from "../database/tables.ts";

/** Settings of the installation as this instance knows them; another instance's change is here within the interval, or at once by `reload`. */
export class InstallationSettings {
  readonly #database: Database;
  current: Settings = settingsSchema.parse({});

  constructor(database: Database) {
    this.#database = database;
  }

  async reload(): Promise<void> {
    this.current = await readInstallationSettings(this.#database.queries);
  }
}

/** Values that this version does not take are passed over: a newer one may have written them. */
export const readInstallationSettings = async (queries: Queries | Transaction): Promise<Settings> => {
  const rows = await queries.selectFrom("settings").select(["key", "value"]).execute();
  const taken = rows.filter(({ key, value }) => settingsSchema.partial().safeParse({ [key]: value }).success);
  return settingsSchema.parse(Object.fromEntries(taken.map(({ key, value }) => [key, value])));
};
