import type { Origin } from "../access/caller.ts";
import { record, type Actor } from "../audit/record.ts";
import type { App } from "../app.ts";
import { forgetFailures, lockedForSeconds, recordFailure } from "../database/lockout.ts";
import { takeToken } from "../database/rate-limit.ts";
import { refusal } from "../http/faults.ts";
import { isPassword } from "./passwords.ts";
import { openSession, type OpenSession } from "./sessions.ts";

/** Attempts of one address in a minute, and wrong ones among them, after which it waits. */
const PER_ADDRESS = 30;
const WRONG_PER_ADDRESS = 5;
const WINDOW_SECONDS = 60;
/** How long an account stays locked, in seconds. */
const LOCK_SECONDS = 900;

export type LoggedIn = { session: OpenSession; userId: string };

/**
 * Opens a session for a name and a password. Every reason to refuse has the same answer after the same time: that there is no such person,
 * that the password is wrong, that the account is locked, disabled or over. What it was is in the audit log.
 */
export const logIn = async (app: App, username: string, password: string, origin: Origin): Promise<LoggedIn> => {
  await limitAddress(app, origin);
  const key = `login:${username.toLowerCase()}`;
  const { database } = app;
  const person = await database.queries
    .selectFrom("users")
    .select(["id", "username", "password_hash", "platform_role", "is_active", "expires_at"])
    .where((where) => where(where.fn<string>("lower", ["username"]), "=", username.toLowerCase()))
    .executeTakeFirst();
  const isLocked = (await lockedForSeconds(database.queries, key)) > 0;
  const isRight = await isPassword(password, person?.password_hash);
  if (person === undefined || !isRight || isLocked || !person.is_active || isOver(person.expires_at)) {
    const locks =
      isRight && !isLocked
        ? false
        : await recordFailure(database.queries, key, {
            failures: app.settings.current.max_login_attempts,
            withinSeconds: LOCK_SECONDS,
            lockSeconds: LOCK_SECONDS,
          });
    await recordFailure(database.queries, addressKey(origin), {
      failures: WRONG_PER_ADDRESS,
      withinSeconds: WINDOW_SECONDS,
      lockSeconds: WINDOW_SECONDS,
    });
    const reason =
      person === undefined ? "unknown_user" : isLocked ? "locked" : !isRight ? "wrong_password" : person.is_active ? "expired" : "disabled";
    await tellFailure(app, username, person?.id ?? null, reason, locks, origin);
    throw refusal("auth_refused", "The user name or the password is wrong, or the account is locked or has ended");
  }
  await forgetFailures(database.queries, key);
  const session = await database.transaction(async (tx) => {
    const opened = await openSession(
      tx,
      app,
      { id: person.id, platformRole: person.platform_role },
      origin,
      app.settings.current.session_lifetime_hours,
    );
    await tx.updateTable("users").set({ last_login_at: new Date() }).where("id", "=", person.id).execute();
    await record(tx, actorNamed(app, person.id, person.username, origin), {
      action: "auth.login",
      groupId: null,
      target: { type: "user", id: person.id, name: person.username },
    });
    return opened;
  });
  return { session, userId: person.id };
};

/** Several people may sit behind one address: only wrong attempts make it wait, unless it tries very often. */
const limitAddress = async ({ database }: App, origin: Origin): Promise<void> => {
  const token = await takeToken(database.queries, addressKey(origin), PER_ADDRESS, WINDOW_SECONDS);
  const wait = token.allowed ? await lockedForSeconds(database.queries, addressKey(origin)) : token.retryAfterSeconds;
  if (wait > 0) {
    throw refusal("rate_limited", "Too many attempts from this address", { retry_after_seconds: wait });
  }
};

const addressKey = ({ ipAddress }: Origin): string => `login-from:${ipAddress}`;

const isOver = (expiresAt: Date | null): boolean => expiresAt !== null && expiresAt.getTime() <= Date.now();

const tellFailure = (app: App, username: string, userId: string | null, reason: string, locks: boolean, origin: Origin): Promise<void> =>
  app.database.transaction((tx) =>
    record(tx, actorNamed(app, userId, "", origin), {
      action: "auth.login_failed",
      groupId: null,
      // Somebody may have typed the password here: a name that nobody has is not kept.
      target: { type: "user", id: userId ?? "", name: userId === null ? "" : username },
      details: { reason, ...(locks ? { locked_for_seconds: LOCK_SECONDS } : {}) },
    }),
  );

const actorNamed = ({ instanceId }: App, id: string | null, name: string, { ipAddress }: Origin): Actor => ({
  id,
  name,
  via: "session",
  ipAddress,
  instanceId,
});
