import { sql } from "kysely";
import type { Queries, Transaction } from "../database/tables.ts";
import { carriedKey, type Carried, type Known } from "./match.ts";

type NodeRow = { id: string; name: string; status: string; device_type: string };
type CarriedRow = { node_id: string; flow_id: string; input_id: string | null; is_running: boolean; signals: Record<string, string> };

export type KnownNode = { name: string; isOnline: boolean; deviceType: string };

/** A node that the group has: its own, or one that is shared with it. */
const isOfGroup = (groupId: string) => sql`
  (n.owner_group_id = ${groupId} or exists (select 1 from resource_shares s where s.resource_type = 'node' and s.resource_id = n.id
    and s.group_id = ${groupId} and (s.expires_at is null or s.expires_at > now())))`;

/** What is known of nodes, as far as the group has them. */
export const knownOf = async (
  queries: Queries | Transaction,
  groupId: string,
  nodeIds: readonly string[],
): Promise<Known & { readonly nodes: ReadonlyMap<string, KnownNode> }> => {
  const ids = [...new Set(nodeIds)];
  if (ids.length === 0) {
    return { nodes: new Map(), carried: new Map() };
  }
  const [nodes, carried] = await Promise.all([
    sql<NodeRow>`select n.id, n.name, n.status, n.device_type from nodes n where n.id = any(${ids}::uuid[]) and ${isOfGroup(groupId)}`.execute(
      queries,
    ),
    sql<CarriedRow>`select node_id, flow_id, input_id, is_running, signals from carried_inputs where node_id = any(${ids}::uuid[])`.execute(
      queries,
    ),
  ]);
  return {
    nodes: new Map(
      nodes.rows.map(({ id, name, status, device_type: deviceType }) => [
        id,
        { name, isOnline: status !== "offline" && status !== "pending", deviceType },
      ]),
    ),
    carried: new Map(
      carried.rows.map(({ node_id: nodeId, flow_id: flowId, ...row }): [string, Carried] => [carriedKey(nodeId, flowId), row]),
    ),
  };
};
