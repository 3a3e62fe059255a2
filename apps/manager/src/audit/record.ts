import { sql } from "kysely";
import type { Caller, Origin } from "../access/caller.ts";
import type { Transaction } from "../database/tables.ts";
import { storableJson } from "./canonical-json.ts";
import { hashOf, type ChainedRow } from "./chain.ts";
import type { FieldChange } from "./differences.ts";

/** Who did it. The system has no address and no id. */
export type Actor = {
  id: string | null;
  name: string;
  via: "session" | "token" | "system" | "command_line";
  ipAddress: string;
  instanceId: string;
};

export type Deed = {
  /** `domain.verb`. */
  action: string;
  /** null: it concerns the installation. */
  groupId: string | null;
  target: { type: string; id: string; name: string };
  changes?: readonly FieldChange[];
  details?: Readonly<Record<string, unknown>>;
};

export const actorOf = (caller: Caller, origin: Origin, instanceId: string): Actor => ({
  id: caller.userId,
  name: caller.name,
  via: caller.tokenId === undefined ? "session" : "token",
  ipAddress: origin.ipAddress,
  instanceId,
});

/**
 * Writes down what is done in the transaction that does it: one is not kept without the other. It is the last statement of its
 * transaction, since from here to the commit all others wait to write theirs.
 */
export const record = (tx: Transaction, actor: Actor, deed: Deed): Promise<void> => recordAll(tx, [{ actor, deed }]);

export type Entry = { readonly actor: Actor; readonly deed: Deed };

/** Several, in their order. */
export const recordAll = async (tx: Transaction, entries: readonly Entry[]): Promise<void> => {
  const { rows } = await sql<{
    seq: number;
    hash: string;
  }>`update audit_head set seq = seq + ${entries.length} where id = 1 returning seq, hash`.execute(tx);
  const [head] = rows;
  if (head === undefined) {
    throw new TypeError("the audit log has no head");
  }
  const first = head.seq - entries.length + 1;
  let { hash } = head;
  const written = entries.map((entry, index) => {
    const row = rowOf(entry, first + index);
    hash = hashOf(row, hash);
    return {
      ...row,
      via: entry.actor.via,
      at: new Date(row.at),
      changes: JSON.stringify(row.changes),
      details: JSON.stringify(row.details),
      hash,
    };
  });
  // In one statement: while it runs all others wait.
  await tx
    .with("written", (query) => query.insertInto("audit_log").values(written))
    .updateTable("audit_head")
    .set({ hash })
    .where("id", "=", 1)
    .execute();
};

const rowOf = ({ actor, deed }: Entry, seq: number): ChainedRow => ({
  seq,
  at: Date.now(),
  actor_id: actor.id,
  actor_name: words(actor.name),
  via: actor.via,
  action: deed.action,
  group_id: deed.groupId,
  target_type: deed.target.type,
  target_id: words(deed.target.id),
  target_name: words(deed.target.name),
  changes: storableJson(deed.changes ?? []),
  details: storableJson(deed.details ?? {}),
  ip_address: words(actor.ipAddress),
  instance_id: words(actor.instanceId),
});

const words = (text: string): string => storableJson(text) as string;
