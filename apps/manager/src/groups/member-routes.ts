import { GROUP_ENDPOINTS, type AnswerOf, type Subject } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { actorIn, serve, type App } from "../app.ts";
import { differencesOf } from "../audit/differences.ts";
import { record } from "../audit/record.ts";
import type { Queries, Transaction } from "../database/tables.ts";
import { notFound } from "../http/faults.ts";
import { callerIn } from "../http/request-context.ts";
import { administeredBy } from "../people/user-view.ts";
import { assertQuota } from "./quotas.ts";

type Member = AnswerOf<typeof GROUP_ENDPOINTS.setMember>;

/** Who is in a group, and as what. */
export const memberRoutes = (app: App): void => {
  const { database } = app;
  serve(app, GROUP_ENDPOINTS.members, async ({ params }) => {
    await assertGroup(database.queries, params.group_id);
    return { members: await membersOf(database.queries, params.group_id) };
  });
  serve(app, GROUP_ENDPOINTS.memberCandidates, async (asked) => {
    await assertGroup(database.queries, asked.params.group_id);
    return { candidates: await candidatesFor(database.queries, callerIn(asked).subject, asked.params.group_id, asked.query.search) };
  });
  setRoute(app);
  removeRoute(app);
};

/** A super admin may look at every group, also at one that is not there. */
const assertGroup = async (queries: Queries, groupId: string): Promise<void> => {
  if ((await queries.selectFrom("groups").select("id").where("id", "=", groupId).executeTakeFirst()) === undefined) {
    throw notFound();
  }
};

const setRoute = (app: App): void => {
  serve(app, GROUP_ENDPOINTS.setMember, (asked) =>
    app.database.transaction(async (tx) => {
      const { group_id: groupId, user_id: userId } = asked.params;
      const { role, allowed_node_ids: allowed } = asked.body;
      const before = await tx
        .selectFrom("group_members")
        .select(["role", "allowed_node_ids"])
        .where("group_id", "=", groupId)
        .where("user_id", "=", userId)
        .forUpdate()
        .executeTakeFirst();
      if (before === undefined) {
        const candidates = await candidatesFor(tx, callerIn(asked).subject, groupId, "");
        if (!candidates.some((candidate) => candidate.user_id === userId)) {
          throw notFound();
        }
        await assertQuota(tx, groupId, "users");
      }
      await tx
        .insertInto("group_members")
        .values({ group_id: groupId, user_id: userId, role, allowed_node_ids: allowed })
        .onConflict((conflict) => conflict.columns(["group_id", "user_id"]).doUpdateSet({ role, allowed_node_ids: allowed }))
        .execute();
      await app.announceAccessChange(tx);
      const member = (await membersOf(tx, groupId)).find((each) => each.user_id === userId);
      if (member === undefined) {
        throw notFound();
      }
      await record(tx, actorIn(app, asked), {
        action: before === undefined ? "member.add" : "member.update",
        groupId,
        target: { type: "user", id: userId, name: member.username },
        changes: differencesOf(before, { role, allowed_node_ids: allowed }),
      });
      return member;
    }),
  );
};

const removeRoute = (app: App): void => {
  serve(app, GROUP_ENDPOINTS.removeMember, (asked) =>
    app.database.transaction(async (tx) => {
      const { group_id: groupId, user_id: userId } = asked.params;
      const gone = await tx
        .deleteFrom("group_members")
        .where("group_id", "=", groupId)
        .where("user_id", "=", userId)
        .returning("role")
        .executeTakeFirst();
      if (gone === undefined) {
        throw notFound();
      }
      const person = await tx.selectFrom("users").select("username").where("id", "=", userId).executeTakeFirst();
      await app.announceAccessChange(tx);
      await record(tx, actorIn(app, asked), {
        action: "member.remove",
        groupId,
        target: { type: "user", id: userId, name: person?.username ?? "" },
        changes: differencesOf({ role: gone.role }, undefined),
      });
    }),
  );
};

const membersOf = async (queries: Queries | Transaction, groupId: string): Promise<Member[]> => {
  const rows = await queries
    .selectFrom("group_members")
    .innerJoin("users", "users.id", "group_members.user_id")
    .select([
      "users.id as user_id",
      "users.username",
      "users.display_name",
      "group_members.role",
      "group_members.allowed_node_ids",
      "users.is_active",
      "users.last_login_at",
    ])
    .where("group_members.group_id", "=", groupId)
    .orderBy("users.username")
    .execute();
  return rows.map((row) => ({ ...row, last_login_at: row.last_login_at?.toISOString() ?? null }));
};

/** People of groups that the caller administers, who are not in this one: an admin cannot pull in strangers by guessing ids. */
const candidatesFor = async (
  queries: Queries | Transaction,
  subject: Subject,
  groupId: string,
  search: string,
): Promise<{ user_id: string; username: string; display_name: string }[]> => {
  const administered = administeredBy(subject);
  const known =
    administered === "all"
      ? sql`true`
      : sql`exists (select 1 from group_members m where m.user_id = u.id and m.group_id = any(${[...administered]}::text[]))`;
  const pattern = `%${search.replaceAll(/[\\%_]/g, (letter) => `\\${letter}`)}%`;
  const { rows } = await sql<{ user_id: string; username: string; display_name: string }>`
    select u.id as user_id, u.username, u.display_name from users u
    where ${known} and not exists (select 1 from group_members m where m.user_id = u.id and m.group_id = ${groupId})
      and (u.username ilike ${pattern} or u.display_name ilike ${pattern})
    order by lower(u.username) limit 1000`.execute(queries);
  return rows;
};
