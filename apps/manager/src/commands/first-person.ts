import { newPassword, username as usernameSchema, words } from "@bilbycast/contracts/manager-api";
import { z } from "zod";
import { record } from "../audit/record.ts";
import { hashPassword } from "../auth/passwords.ts";
import type { Database } from "../database/database.ts";
import { lock } from "../database/advisory-lock.ts";

export const firstPersonSchema = z.object({
  username: usernameSchema,
  display_name: words(128),
  email: z.email().max(254).nullable(),
  password: newPassword,
});
export type FirstPerson = z.output<typeof firstPersonSchema>;

/** Whether nobody is there yet. */
export const isEmpty = async (database: Database): Promise<boolean> =>
  (await database.queries.selectFrom("users").select("id").limit(1).executeTakeFirst()) === undefined;

/** Adds the first super admin, who is admin of the first group. False when somebody is there already: two who set up at once make one. */
export const addFirstPerson = async (database: Database, { password, ...person }: FirstPerson, instanceId: string): Promise<boolean> => {
  const hash = await hashPassword(password);
  return database.transaction(async (tx) => {
    await lock(tx, "first person");
    if ((await tx.selectFrom("users").select("id").limit(1).executeTakeFirst()) !== undefined) {
      return false;
    }
    const { id } = await tx
      .insertInto("users")
      .values({ ...person, password_hash: hash, platform_role: "super_admin", expires_at: null, last_login_at: null })
      .returning("id")
      .executeTakeFirstOrThrow();
    await tx.insertInto("group_members").values({ group_id: "grp_default", user_id: id, role: "admin", allowed_node_ids: null }).execute();
    await record(
      tx,
      { id: null, name: "setup", via: "command_line", ipAddress: "", instanceId },
      {
        action: "user.create",
        groupId: null,
        target: { type: "user", id, name: person.username },
        details: { platform_role: "super_admin" },
      },
    );
    return true;
  });
};
