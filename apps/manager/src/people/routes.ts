import { PEOPLE_ENDPOINTS, type User } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { actorIn, serve, type App } from "../app.ts";
import { differencesOf } from "../audit/differences.ts";
import { record } from "../audit/record.ts";
import { hashPassword } from "../auth/passwords.ts";
import { endSessions } from "../auth/sessions.ts";
import { lockedForSeconds, recordFailure, type LockoutRule } from "../database/lockout.ts";
import { violatedUnique } from "../database/query-fault.ts";
import type { Queries, Transaction } from "../database/tables.ts";
import { assertQuota } from "../groups/quotas.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn, userIn, type Asked } from "../http/request-context.ts";
import { administeredBy, userViews } from "./user-view.ts";

/** People, by who administers them. */
export const peopleRoutes = (app: App): void => {
  readRoutes(app);
  createRoute(app);
  updateRoutes(app);
  passwordAndDeleteRoutes(app);
  platformRoleRoute(app);
};

const viewOf = async (
  queries: Queries | Transaction,
  asked: Pick<Asked<typeof PEOPLE_ENDPOINTS.user>, "caller">,
  id: string,
): Promise<User> => {
  const [user] = await userViews(queries, callerIn(asked).subject, { id });
  if (user === undefined) {
    throw notFound();
  }
  return user;
};

const readRoutes = (app: App): void => {
  const { queries } = app.database;
  serve(app, PEOPLE_ENDPOINTS.users, async (asked) => {
    const { subject } = callerIn(asked);
    const administered = administeredBy(subject);
    const { group_id: wanted } = asked.query;
    if (wanted !== undefined && administered !== "all" && !administered.includes(wanted)) {
      throw notFound();
    }
    return { users: await userViews(queries, subject, { groups: wanted === undefined ? administered : [wanted] }) };
  });
  serve(app, PEOPLE_ENDPOINTS.user, (asked) => viewOf(queries, asked, asked.params.user_id));
};

const createRoute = (app: App): void => {
  serve(app, PEOPLE_ENDPOINTS.createUser, async (asked) => {
    const { group_id: groupId, role, allowed_node_ids: allowed, password, ...person } = asked.body;
    const guesses = guessesOf(app, callerIn(asked).userId);
    await guesses.assertMore();
    const hash = await hashPassword(password);
    try {
      return await app.database.transaction(async (tx) => {
        await assertQuota(tx, groupId, "users");
        const { id } = await tx
          .insertInto("users")
          .values({
            ...person,
            expires_at: person.expires_at === null ? null : new Date(person.expires_at),
            password_hash: hash,
            must_change_password: true,
          })
          .returning("id")
          .executeTakeFirstOrThrow();
        await tx.insertInto("group_members").values({ group_id: groupId, user_id: id, role, allowed_node_ids: allowed }).execute();
        const user = await viewOf(tx, asked, id);
        await record(tx, actorIn(app, asked), {
          action: "user.create",
          groupId,
          target: { type: "user", id, name: person.username },
          changes: differencesOf(undefined, { ...person, role, allowed_node_ids: allowed }),
        });
        return user;
      });
    } catch (error) {
      if (violatedUnique(error) !== "users_username") {
        throw error;
      }
      await guesses.count();
      throw refusal("name_taken", `There is a ${person.username} already`, { field: "body.username" });
    }
  });
};

/** Names that are taken which one person may come upon, and the seconds in which that is forgotten. */
const TAKEN_NAMES: LockoutRule = { failures: 10, withinSeconds: 600, lockSeconds: 600 };

/** User names are one for all groups, so that a taken one tells that somebody has it: whoever tries many may make nobody for a while. */
const guessesOf = ({ database }: App, userId: string): { assertMore(): Promise<void>; count(): Promise<unknown> } => {
  const key = `usernames:${userId}`;
  return {
    assertMore: async () => {
      const wait = await lockedForSeconds(database.queries, key);
      if (wait > 0) {
        throw refusal("rate_limited", "Too many user names that others have", { retry_after_seconds: wait });
      }
    },
    count: () => recordFailure(database.queries, key, TAKEN_NAMES),
  };
};

const updateRoutes = (app: App): void => {
  const { database } = app;
  serve(app, PEOPLE_ENDPOINTS.updateUser, async (asked) => {
    const { userId } = userIn(asked);
    const { body, version } = asked;
    if (userId === callerIn(asked).userId && !body.is_active) {
      throw refusal("own_account", "Nobody disables themselves");
    }
    return database.transaction(async (tx) => {
      const before = await tx
        .selectFrom("users")
        .select(["username", "display_name", "email", "is_active", "is_temporary", "expires_at", "version"])
        .where("id", "=", userId)
        .forUpdate()
        .executeTakeFirst();
      if (before === undefined) {
        throw notFound();
      }
      assertVersion(version, before.version);
      if (!body.is_active || body.expires_at !== null) {
        await assertNotLast(tx, userId);
      }
      await tx
        .updateTable("users")
        .set({ ...body, expires_at: body.expires_at === null ? null : new Date(body.expires_at), version: before.version + 1 })
        .where("id", "=", userId)
        .execute();
      if (!body.is_active) {
        await endSessions(tx, userId);
      }
      await app.announceAccessChange(tx);
      const { username, version: _, ...old } = before;
      const user = await viewOf(tx, asked, userId);
      await record(tx, actorIn(app, asked), {
        action: "user.update",
        groupId: await homeOf(tx, userId),
        target: { type: "user", id: userId, name: username },
        changes: differencesOf({ ...old, expires_at: old.expires_at?.toISOString() ?? null }, body),
      });
      return user;
    });
  });
};

const passwordAndDeleteRoutes = (app: App): void => {
  const { database } = app;
  serve(app, PEOPLE_ENDPOINTS.setUserPassword, async (asked) => {
    const { userId } = userIn(asked);
    if (userId === callerIn(asked).userId) {
      throw refusal("own_account", "One's own password is changed with the present one, at /auth/change-password");
    }
    const hash = await hashPassword(asked.body.new_password);
    await database.transaction(async (tx) => {
      const row = await tx
        .updateTable("users")
        .set({ password_hash: hash, must_change_password: true })
        .where("id", "=", userId)
        .returning("username")
        .executeTakeFirst();
      if (row === undefined) {
        throw notFound();
      }
      await endSessions(tx, userId);
      await tx.deleteFrom("lockout").where("key", "=", `login:${row.username.toLowerCase()}`).execute();
      await app.announceAccessChange(tx);
      await record(tx, actorIn(app, asked), {
        action: "user.password",
        groupId: await homeOf(tx, userId),
        target: { type: "user", id: userId, name: row.username },
      });
    });
  });
  serve(app, PEOPLE_ENDPOINTS.deleteUser, async (asked) => {
    const { userId } = userIn(asked);
    if (userId === callerIn(asked).userId) {
      throw refusal("own_account", "Nobody removes themselves");
    }
    await database.transaction(async (tx) => {
      await assertNotLast(tx, userId);
      const groupId = await homeOf(tx, userId);
      const row = await tx.deleteFrom("users").where("id", "=", userId).returning("username").executeTakeFirst();
      if (row === undefined) {
        throw notFound();
      }
      await app.announceAccessChange(tx);
      await record(tx, actorIn(app, asked), { action: "user.delete", groupId, target: { type: "user", id: userId, name: row.username } });
    });
  });
};

const platformRoleRoute = (app: App): void => {
  serve(app, PEOPLE_ENDPOINTS.setPlatformRole, async (asked) => {
    const { user_id: userId } = asked.params;
    const { platform_role: role } = asked.body;
    if (userId === callerIn(asked).userId) {
      throw refusal("own_account", "Nobody changes their own platform role");
    }
    return app.database.transaction(async (tx) => {
      const before = await tx
        .selectFrom("users")
        .select(["username", "platform_role"])
        .where("id", "=", userId)
        .forUpdate()
        .executeTakeFirst();
      if (before === undefined) {
        throw notFound();
      }
      if (role !== "super_admin") {
        await assertNotLast(tx, userId);
      }
      await tx
        .updateTable("users")
        .set((set) => ({ platform_role: role, version: set("version", "+", 1) }))
        .where("id", "=", userId)
        .execute();
      await app.announceAccessChange(tx);
      const user = await viewOf(tx, asked, userId);
      await record(tx, actorIn(app, asked), {
        action: "user.platform_role",
        groupId: null,
        target: { type: "user", id: userId, name: before.username },
        changes: differencesOf({ platform_role: before.platform_role }, { platform_role: role }),
      });
      return user;
    });
  });
};

/** Throws when `given`, where there is one, is not the present version. */
export const assertVersion = (given: number | undefined, present: number): void => {
  if (given !== undefined && given !== present) {
    throw refusal("version_conflict", "Somebody changed it since it was read", { version: present });
  }
};

/** The group in whose audit a person's row belongs: the one that they are in; with several, the installation's. */
const homeOf = async (tx: Transaction, userId: string): Promise<string | null> => {
  const rows = await tx.selectFrom("group_members").select("group_id").where("user_id", "=", userId).execute();
  return rows.length === 1 ? (rows[0]?.group_id ?? null) : null;
};

/** Two who take the role from each other at once must not both succeed. Whose account ends by itself is not counted. */
const assertNotLast = async (tx: Transaction, userId: string): Promise<void> => {
  const { rows } = await sql<{
    id: string;
  }>`select id from users where platform_role = 'super_admin' and is_active and expires_at is null order by id for update`.execute(tx);
  if (rows.length === 1 && rows[0]?.id === userId) {
    throw refusal("last_super_admin", "It is the last super admin");
  }
};
