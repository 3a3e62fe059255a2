import { sql } from "kysely";
import type { Caller } from "../access/caller.ts";
import type { AnnounceAccessChange } from "../app.ts";
import type { Transaction } from "../database/tables.ts";

type Announcing = { readonly announceAccessChange: AnnounceAccessChange };

/** Who administers some nodes of a group alone also sees those that they bring into it. Answers the caller as they are from then on. */
export const letSee = async (tx: Transaction, app: Announcing, caller: Caller, groupId: string, nodeId: string): Promise<Caller> => {
  const { memberships } = caller.subject;
  const own = memberships.find(({ group_id: id }) => id === groupId);
  const allowed = own?.allowed_node_ids ?? null;
  if (own === undefined || allowed === null || allowed.includes(nodeId)) {
    return caller;
  }
  await sql`
    update group_members set allowed_node_ids = array_append(allowed_node_ids, ${nodeId}::uuid)
    where group_id = ${groupId} and user_id = ${caller.userId} and allowed_node_ids is not null`.execute(tx);
  await app.announceAccessChange(tx);
  const widened = { ...own, allowed_node_ids: [...allowed, nodeId] };
  return { ...caller, subject: { ...caller.subject, memberships: memberships.map((each) => (each === own ? widened : each)) } };
};
