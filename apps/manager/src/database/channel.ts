import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import { sql } from "kysely";
import type { Transaction } from "./tables.ts";

/** A kind of notification, known to all instances by its name. `read` judges what comes: another version may have sent it. */
export type Channel<Payload> = { name: string; read: (value: unknown) => Payload | undefined };

export const channel = <Payload>(name: string, read: (value: unknown) => Payload | undefined): Channel<Payload> => {
  check(/^[a-z][a-z0-9_]{0,61}$/.test(name), `${name} is no name of a channel`);
  return { name, read };
};

/** PostgreSQL carries less than 8000 bytes with a notification; one byte of it says what the rest is. */
const INLINE_BYTES_MAX = 7_900;

/** More is no notification: it belongs into a table, and its id into the notification. */
const PAYLOAD_BYTES_MAX = 4 << 20;

/**
 * Tells every listener of every instance, this one too, once the transaction is committed; never when it is not. Two
 * equal payloads on one channel in one transaction arrive as one. Nothing is kept for who does not listen.
 */
export const publish = async <Payload>(tx: Transaction, to: Channel<Payload>, payload: Payload): Promise<void> => {
  const text = JSON.stringify(payload);
  const bytes = Buffer.byteLength(text);
  if (bytes > PAYLOAD_BYTES_MAX) {
    throw new Fault("database_payload_too_large", `A notification on ${to.name} has ${bytes} bytes; ${PAYLOAD_BYTES_MAX} are the most.`);
  }
  const message = bytes <= INLINE_BYTES_MAX ? `${INLINE}${text}` : `${STORED}${await store(tx, text)}`;
  await sql`select pg_notify(${to.name}, ${message})`.execute(tx);
};

const store = async (tx: Transaction, payload: string): Promise<string> => {
  const { id } = await tx.insertInto("notification_payload").values({ payload }).returning("id").executeTakeFirstOrThrow();
  return String(id);
};

/** What a message begins with: the payload itself follows, or the id of the row that has it. */
export const INLINE = "j";
export const STORED = "r";
