import { randomBytes } from "node:crypto";
import { AUTH_ENDPOINTS, type AnswerOf } from "@bilbycast/contracts/manager-api";
import { TOKEN_PREFIX } from "../access/callers.ts";
import { actorIn, serve, type App } from "../app.ts";
import { record } from "../audit/record.ts";
import { differencesOf } from "../audit/differences.ts";
import { lockedForSeconds, recordFailure } from "../database/lockout.ts";
import { clearSessionCookies, setSessionCookies } from "../http/cookies.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn } from "../http/request-context.ts";
import { logIn } from "./login.ts";
import { meOf, meOfSession } from "./me.ts";
import { hashPassword, isPassword } from "./passwords.ts";
import { endSessions, openSession } from "./sessions.ts";

/** Wrong present passwords, after which no other one is looked at for a while. */
const WRONG_PASSWORDS = { failures: 5, withinSeconds: 900, lockSeconds: 900 };

/** Sessions, one's own account, one's own tokens. */
export const authRoutes = (app: App): void => {
  sessionRoutes(app);
  accountRoutes(app);
  tokenRoutes(app);
};

const sessionRoutes = (app: App): void => {
  const { database } = app;
  serve(app, AUTH_ENDPOINTS.login, async ({ body, origin, reply }) => {
    const { session } = await logIn(app, body.username, body.password, origin);
    setSessionCookies(reply, session, app.isSecure);
    return { csrf_token: session.csrf, user: await meOfSession(database.queries, session.id) };
  });
  serve(app, AUTH_ENDPOINTS.logout, async (asked) => {
    const caller = callerIn(asked);
    await database.transaction(async (tx) => {
      await tx
        .deleteFrom("sessions")
        .where("id", "=", caller.sessionId ?? "")
        .execute();
      await app.announceAccessChange(tx);
      await record(tx, actorIn(app, asked), {
        action: "auth.logout",
        groupId: null,
        target: { type: "user", id: caller.userId, name: caller.name },
      });
    });
    clearSessionCookies(asked.reply, app.isSecure);
  });
  serve(app, AUTH_ENDPOINTS.sessions, async (asked) => {
    const caller = callerIn(asked);
    const rows = await database.queries
      .selectFrom("sessions")
      .selectAll()
      .where("user_id", "=", caller.userId)
      .where("expires_at", ">", new Date())
      .orderBy("created_at", "desc")
      .execute();
    return {
      sessions: rows.map((row) => ({
        id: row.id,
        created_at: row.created_at.toISOString(),
        last_seen_at: row.last_seen_at.toISOString(),
        expires_at: row.expires_at.toISOString(),
        ip_address: row.ip_address,
        user_agent: row.user_agent,
        is_own: row.id === caller.sessionId,
      })),
    };
  });
  serve(app, AUTH_ENDPOINTS.revokeSession, async (asked) => {
    const caller = callerIn(asked);
    await database.transaction(async (tx) => {
      const gone = await tx
        .deleteFrom("sessions")
        .where("id", "=", asked.params.session_id)
        .where("user_id", "=", caller.userId)
        .executeTakeFirst();
      if (gone.numDeletedRows === 0n) {
        throw notFound();
      }
      await app.announceAccessChange(tx);
      await record(tx, actorIn(app, asked), {
        action: "session.revoke",
        groupId: null,
        target: { type: "session", id: asked.params.session_id, name: caller.name },
      });
    });
  });
};

const accountRoutes = (app: App): void => {
  const { database } = app;
  serve(app, AUTH_ENDPOINTS.me, (asked) => meOf(database.queries, callerIn(asked)));
  serve(app, AUTH_ENDPOINTS.updateMe, async (asked) => {
    const caller = callerIn(asked);
    await database.transaction(async (tx) => {
      const before = await tx
        .selectFrom("users")
        .select(["display_name", "email"])
        .where("id", "=", caller.userId)
        .forUpdate()
        .executeTakeFirstOrThrow();
      await tx.updateTable("users").set(asked.body).where("id", "=", caller.userId).execute();
      await record(tx, actorIn(app, asked), {
        action: "account.update",
        groupId: null,
        target: { type: "user", id: caller.userId, name: caller.name },
        changes: differencesOf(before, asked.body),
      });
    });
    return meOf(database.queries, caller);
  });
  serve(app, AUTH_ENDPOINTS.changePassword, async (asked) => {
    const caller = callerIn(asked);
    const { current_password: current, new_password: next } = asked.body;
    // Whoever has got hold of a session must not be able to try passwords with it.
    const key = `password:${caller.userId}`;
    const wait = await lockedForSeconds(database.queries, key);
    if (wait > 0) {
      throw refusal("rate_limited", "Too many wrong passwords", { retry_after_seconds: wait });
    }
    const person = await database.queries.selectFrom("users").select(["password_hash"]).where("id", "=", caller.userId).executeTakeFirst();
    if (!(await isPassword(current, person?.password_hash))) {
      await recordFailure(database.queries, key, WRONG_PASSWORDS);
      throw refusal("auth_refused", "The present password is wrong", { field: "body.current_password" });
    }
    const hash = await hashPassword(next);
    const session = await database.transaction(async (tx) => {
      await tx.updateTable("users").set({ password_hash: hash, must_change_password: false }).where("id", "=", caller.userId).execute();
      await endSessions(tx, caller.userId);
      const opened = await openSession(
        tx,
        app,
        { id: caller.userId, platformRole: caller.platformRole },
        asked.origin,
        app.settings.current.session_lifetime_hours,
      );
      await app.announceAccessChange(tx);
      await record(tx, actorIn(app, asked), {
        action: "account.password",
        groupId: null,
        target: { type: "user", id: caller.userId, name: caller.name },
      });
      return opened;
    });
    app.callers.forget();
    setSessionCookies(asked.reply, session, app.isSecure);
    return { csrf_token: session.csrf };
  });
};

const tokenRoutes = (app: App): void => {
  const { database } = app;
  serve(app, AUTH_ENDPOINTS.tokens, async (asked) => {
    const rows = await database.queries
      .selectFrom("api_tokens")
      .selectAll()
      .where("user_id", "=", callerIn(asked).userId)
      .orderBy("created_at", "desc")
      .execute();
    return { tokens: rows.map((row) => tokenView(row)) };
  });
  serve(app, AUTH_ENDPOINTS.createToken, async (asked) => {
    const caller = callerIn(asked);
    const { name, group_id: groupId, role, expires_in_days: days } = asked.body;
    if (groupId !== null && !caller.subject.memberships.some((each) => each.group_id === groupId)) {
      throw notFound();
    }
    const token = `${TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
    const row = await database.transaction(async (tx) => {
      const made = await tx
        .insertInto("api_tokens")
        .values({
          user_id: caller.userId,
          name,
          group_id: groupId,
          role,
          fingerprint: app.vault.fingerprint("api-token", token),
          expires_at: new Date(Date.now() + days * 86_400_000),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      await record(tx, actorIn(app, asked), {
        action: "token.create",
        groupId,
        target: { type: "api_token", id: made.id, name },
        details: { role, expires_at: made.expires_at.toISOString() },
      });
      return made;
    });
    return { ...tokenView(row), token };
  });
  serve(app, AUTH_ENDPOINTS.revokeToken, async (asked) => {
    await database.transaction(async (tx) => {
      const gone = await tx
        .deleteFrom("api_tokens")
        .where("id", "=", asked.params.token_id)
        .where("user_id", "=", callerIn(asked).userId)
        .returning(["id", "name", "group_id"])
        .executeTakeFirst();
      if (gone === undefined) {
        throw notFound();
      }
      await app.announceAccessChange(tx);
      await record(tx, actorIn(app, asked), {
        action: "token.revoke",
        groupId: gone.group_id,
        target: { type: "api_token", id: gone.id, name: gone.name },
      });
    });
    app.callers.forget();
  });
};

type TokenView = AnswerOf<typeof AUTH_ENDPOINTS.tokens>["tokens"][number];

const tokenView = (row: {
  id: string;
  name: string;
  group_id: string | null;
  role: TokenView["role"];
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
}): TokenView => ({
  id: row.id,
  name: row.name,
  group_id: row.group_id,
  role: row.role,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
});
