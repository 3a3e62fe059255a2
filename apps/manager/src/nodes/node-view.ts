import { permissionOn, type ManagedNode, type NodeObject, type Subject } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Queries, Transaction } from "../database/tables.ts";

type Row = Omit<ManagedNode, "permission" | "is_shared" | "status_since" | "last_seen_at" | "expires_at" | "created_at"> & {
  status_since: Date;
  last_seen_at: Date | null;
  expires_at: Date | null;
  created_at: Date;
  shares: NodeObject["shares"];
};

export type NodeFilter = {
  ids?: readonly string[];
  group_id?: string | undefined;
  device_type?: string | undefined;
  capability?: string | undefined;
};

/** Nodes that the caller sees, by name, with what they may do with each. */
export const nodeViews = async (queries: Queries | Transaction, subject: Subject, filter: NodeFilter = {}): Promise<ManagedNode[]> => {
  const conditions = [
    filter.ids === undefined ? undefined : sql`n.id = any(${[...filter.ids]}::uuid[])`,
    filter.group_id === undefined ? undefined : sql`n.owner_group_id = ${filter.group_id}`,
    filter.device_type === undefined ? undefined : sql`n.device_type = ${filter.device_type}`,
    filter.capability === undefined ? undefined : sql`n.capabilities ? ${filter.capability}`,
    // What a person cannot see by any group of theirs is not even read.
    subject.platform_role === "super_admin"
      ? undefined
      : sql`(n.owner_group_id = any(${groupsOf(subject)}::text[]) or exists (select 1 from resource_shares s where s.resource_id = n.id and s.group_id = any(${groupsOf(subject)}::text[])))`,
  ].filter((condition) => condition !== undefined);
  const { rows } = await sql<Row>`
    select n.id, n.name, n.description, n.device_type, n.owner_group_id, n.status, n.status_since, n.last_seen_at, n.software_version, n.protocol_version,
      n.capabilities, n.expires_at, n.web_ui_url, n.network_type, n.network_zone, n.token_fingerprint is not null and n.token_expires_at > now() as has_token,
      n.created_at, n.version,
      coalesce((select json_agg(json_build_object('group_id', s.group_id, 'permission', s.permission,
        'expires_at', to_char(s.expires_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
        from resource_shares s where s.resource_type = 'node' and s.resource_id = n.id), '[]'::json) as shares
    from nodes n ${conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`}
    order by lower(n.name), n.id`.execute(queries);
  const now = new Date().toISOString();
  return rows.flatMap((row) => viewOf(row, subject, now));
};

const groupsOf = ({ memberships }: Subject): string[] => memberships.map(({ group_id: id }) => id);

const viewOf = ({ shares, ...row }: Row, subject: Subject, now: string): ManagedNode[] => {
  const object: NodeObject = { nodeId: row.id, ownerGroupId: row.owner_group_id, shares };
  const permission = permissionOn(subject, object, now);
  if (permission === undefined) {
    return [];
  }
  return [
    {
      ...row,
      status_since: row.status_since.toISOString(),
      last_seen_at: row.last_seen_at?.toISOString() ?? null,
      expires_at: row.expires_at?.toISOString() ?? null,
      created_at: row.created_at.toISOString(),
      permission,
      is_shared: permissionOn(subject, object, now, true) === undefined,
    },
  ];
};
