import type { NodeObject, Share, UserObject } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Queries, Transaction } from "../database/tables.ts";
import { isUuid } from "./uuid.ts";

type NodeRow = { id: string; owner_group_id: string; shares: Share[] };

const nodeColumns = sql`
  n.id, n.owner_group_id,
  coalesce((select json_agg(json_build_object('group_id', s.group_id, 'permission', s.permission,
      'expires_at', to_char(s.expires_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
    from resource_shares s where s.resource_type = 'node' and s.resource_id = n.id), '[]'::json) as shares`;

/** Nodes, as far as access goes, by id, which may be any text; those that are not there are not in the map. */
export const nodeObjects = async (queries: Queries | Transaction, ids: readonly string[]): Promise<Map<string, NodeObject>> => {
  const wanted = ids.filter((id) => isUuid(id));
  const { rows } = await sql<NodeRow>`select ${nodeColumns} from nodes n where n.id = any(${wanted}::uuid[])`.execute(queries);
  return new Map(rows.map((row) => [row.id, objectOf(row)]));
};

/** Every node of the installation, for lists that are filtered by who asks. */
export const allNodeObjects = async (queries: Queries | Transaction): Promise<NodeObject[]> => {
  const { rows } = await sql<NodeRow>`select ${nodeColumns} from nodes n`.execute(queries);
  return rows.map((row) => objectOf(row));
};

/** The person, as far as access goes. */
export const userObject = async (queries: Queries | Transaction, id: string): Promise<UserObject | undefined> => {
  if (!isUuid(id)) {
    return undefined;
  }
  const { rows } = await sql<{ id: string; platform_role: UserObject["platformRole"]; group_ids: string[] }>`
    select u.id, u.platform_role, coalesce((select array_agg(m.group_id) from group_members m where m.user_id = u.id), '{}') as group_ids
    from users u where u.id = ${id}`.execute(queries);
  const [row] = rows;
  return row === undefined ? undefined : { userId: row.id, platformRole: row.platform_role, groupIds: row.group_ids };
};

/** The group that has a preset or a page; undefined when there is none. `id` may be any text. */
export const groupOf = async (queries: Queries, what: "preset" | "page", id: string): Promise<string | undefined> => {
  if (!isUuid(id)) {
    return undefined;
  }
  const table = what === "preset" ? "switcher_presets" : "switcher_pages";
  return (await queries.selectFrom(table).select("group_id").where("id", "=", id).executeTakeFirst())?.group_id;
};

const objectOf = ({ id, owner_group_id: ownerGroupId, shares }: NodeRow): NodeObject => ({ nodeId: id, ownerGroupId, shares });
