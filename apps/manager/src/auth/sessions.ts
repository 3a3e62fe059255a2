import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { Origin } from "../access/caller.ts";
import { ISSUER } from "../access/callers.ts";
import type { Transaction } from "../database/tables.ts";
import type { Vault } from "../vault/vault.ts";

/** What a browser holds of a session. */
export type OpenSession = { id: string; token: string; csrf: string; seconds: number };

export type SessionMaker = { readonly jwtSecret: Uint8Array; readonly vault: Vault };

/** Opens a session: always a new one, whatever the browser brought (session fixation). */
export const openSession = async (
  tx: Transaction,
  { jwtSecret, vault }: SessionMaker,
  person: { id: string; platformRole: string },
  origin: Origin,
  lifetimeHours: number,
): Promise<OpenSession> => {
  const id = randomUUID();
  const seconds = lifetimeHours * 3_600;
  await tx
    .insertInto("sessions")
    .values({
      id,
      user_id: person.id,
      expires_at: new Date(Date.now() + seconds * 1_000),
      ip_address: origin.ipAddress,
      user_agent: origin.userAgent,
    })
    .execute();
  const token = await new SignJWT({ role: person.platformRole })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(person.id)
    .setJti(id)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime(`${seconds}s`)
    .sign(jwtSecret);
  return { id, token, csrf: vault.fingerprint("csrf", id), seconds };
};

/** Ends every session of a person, but one. */
export const endSessions = async (tx: Transaction, userId: string, but?: string): Promise<void> => {
  let sessions = tx.deleteFrom("sessions").where("user_id", "=", userId);
  if (but !== undefined) {
    sessions = sessions.where("id", "!=", but);
  }
  await sessions.execute();
};
