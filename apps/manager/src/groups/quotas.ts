import { sql } from "kysely";
import type { Queries, Transaction } from "../database/tables.ts";
import { notFound, refusal } from "../http/faults.ts";

type Kind = "nodes" | "users" | "tunnels";

/** Throws unless the group may have one more. Holds the group's row, so that two at once do not both get the last place. */
export const assertQuota = async (tx: Transaction, groupId: string, kind: Kind): Promise<void> => {
  const group = await tx
    .selectFrom("groups")
    .select(["max_nodes", "max_users", "max_tunnels"])
    .where("id", "=", groupId)
    .forUpdate()
    .executeTakeFirst();
  if (group === undefined) {
    throw notFound();
  }
  const limit = group[`max_${kind}`];
  if (limit === null) {
    return;
  }
  const current = (await usageOf(tx, groupId))[kind];
  if (current >= limit) {
    throw refusal("group_quota_exceeded", `The group may have ${limit} ${kind} and has ${current}`, {
      quota: `max_${kind}`,
      current,
      limit,
    });
  }
};

/** How many of each a group has. */
export const usageOf = async (tx: Queries | Transaction, groupId: string): Promise<Record<Kind, number>> => {
  const { rows } = await sql<{ nodes: number; users: number }>`
    select (select count(*)::int from nodes where owner_group_id = ${groupId}) as nodes,
      (select count(*)::int from group_members where group_id = ${groupId}) as users`.execute(tx);
  return { nodes: rows[0]?.nodes ?? 0, users: rows[0]?.users ?? 0, tunnels: 0 };
};
