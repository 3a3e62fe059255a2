import { newPassword } from "@bilbycast/contracts/manager-api";
import { Fault } from "@bilbycast/foundation/fault";
import { sql } from "kysely";
import { record } from "../audit/record.ts";
import { hashPassword } from "../auth/passwords.ts";
import { endSessions } from "../auth/sessions.ts";
import { migrate } from "../database/migrate.ts";
import type { Log } from "../log.ts";
import { readKeys } from "../settings/keys.ts";
import { openDatabase, settingsFrom } from "./surroundings.ts";
import { ask } from "./terminal.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Gives a person a new password, opens their account if it was locked, and ends their sessions. */
export const resetPassword = async (config: string | undefined, username: string, environment: Environment, log: Log): Promise<void> => {
  readKeys(environment);
  const settings = await settingsFrom(config, environment);
  const password = environment["BILBYCAST_NEW_PASSWORD"] ?? (await ask(`New password for ${username}: `, true));
  const { success, error } = newPassword.safeParse(password);
  if (!success) {
    throw new Fault("setup_invalid", `The password ${error.issues.map(({ message }) => message).join(", ")}`);
  }
  const hash = await hashPassword(password);
  const { database, close } = await openDatabase(settings, log);
  try {
    await migrate(database);
    await database.transaction(async (tx) => {
      const person = await tx
        .updateTable("users")
        .set({ password_hash: hash, must_change_password: false, is_active: true })
        .where(sql<boolean>`lower(username) = lower(${username})`)
        .returning(["id", "username"])
        .executeTakeFirst();
      if (person === undefined) {
        throw new Fault("setup_invalid", `There is nobody called ${username}`);
      }
      await endSessions(tx, person.id);
      await tx.deleteFrom("lockout").where("key", "=", `login:${person.username.toLowerCase()}`).execute();
      await record(
        tx,
        { id: null, name: "reset-password", via: "command_line", ipAddress: "", instanceId: "command line" },
        { action: "user.password", groupId: null, target: { type: "user", id: person.id, name: person.username } },
      );
    });
    process.stdout.write(`${username} has a new password; all sessions have ended.\n`);
  } finally {
    await close();
  }
};
