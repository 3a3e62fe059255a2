import type { Me } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Caller } from "../access/caller.ts";
import { callerOfSession } from "../access/load-subject.ts";
import type { Queries, Transaction } from "../database/tables.ts";
import { notFound } from "../http/faults.ts";

/** A person as they see themselves. */
export const meOf = async (queries: Queries | Transaction, caller: Caller): Promise<Me> => {
  const person = await queries
    .selectFrom("users")
    .select(["id", "username", "display_name", "email", "platform_role", "must_change_password", "expires_at"])
    .where("id", "=", caller.userId)
    .executeTakeFirst();
  if (person === undefined) {
    throw notFound();
  }
  const groups = await queries
    .selectFrom("groups")
    .select(["id", "name", "brand_color", "logo_version"])
    .$if(caller.subject.platform_role !== "super_admin", (all) =>
      all.where("id", "in", sql<string>`(select unnest(${caller.subject.memberships.map(({ group_id: id }) => id)}::text[]))`),
    )
    .orderBy("name")
    .execute();
  return { ...person, expires_at: person.expires_at?.toISOString() ?? null, access: caller.subject, groups };
};

/** The same for a session that was opened just now. */
export const meOfSession = async (queries: Queries | Transaction, sessionId: string): Promise<Me> => {
  const caller = await callerOfSession(queries, sessionId);
  if (caller === undefined) {
    throw notFound();
  }
  return meOf(queries, caller);
};
