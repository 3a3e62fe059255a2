import { Fault } from "@bilbycast/foundation/fault";
import { migrate } from "../database/migrate.ts";
import type { Log } from "../log.ts";
import { readKeys } from "../settings/keys.ts";
import { addFirstPerson, firstPersonSchema, isEmpty, type FirstPerson } from "./first-person.ts";
import { openDatabase, settingsFrom } from "./surroundings.ts";
import { ask } from "./terminal.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Prepares the database and asks for the first administrator; does nothing when there are people already. */
export const setUp = async (config: string | undefined, environment: Environment, log: Log): Promise<void> => {
  readKeys(environment);
  const settings = await settingsFrom(config, environment);
  const { database, close } = await openDatabase(settings, log);
  try {
    const { from, to } = await migrate(database);
    process.stdout.write(from === to ? `The database is at version ${to}.\n` : `The database was brought from version ${from} to ${to}.\n`);
    if (!(await isEmpty(database))) {
      process.stdout.write("There are people already; nothing was changed.\n");
      return;
    }
    const person = read(await (environment["BILBYCAST_ADMIN_USERNAME"] === undefined ? fromTerminal() : fromEnvironment(environment)));
    await addFirstPerson(database, person, "setup");
    process.stdout.write(`${person.username} is the first administrator.\n`);
  } finally {
    await close();
  }
};

const fromEnvironment = (environment: Environment): Promise<Record<string, unknown>> =>
  Promise.resolve({
    username: environment["BILBYCAST_ADMIN_USERNAME"],
    display_name: environment["BILBYCAST_ADMIN_DISPLAY_NAME"] ?? environment["BILBYCAST_ADMIN_USERNAME"],
    email: environment["BILBYCAST_ADMIN_EMAIL"] ?? null,
    password: environment["BILBYCAST_ADMIN_PASSWORD"],
  });

const fromTerminal = async (): Promise<Record<string, unknown>> => {
  const username = await ask("User name: ");
  const name = await ask("Display name: ");
  const email = await ask("E-mail (may be empty): ");
  const password = await ask("Password: ", true);
  if ((await ask("Password again: ", true)) !== password) {
    throw new Fault("setup_invalid", "The two passwords are not the same");
  }
  return { username, display_name: name === "" ? username : name, email: email === "" ? null : email, password };
};

const read = (given: Record<string, unknown>): FirstPerson => {
  const { success, data, error } = firstPersonSchema.safeParse(given);
  if (!success) {
    throw new Fault("setup_invalid", error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  }
  return data;
};
