import { permissionOn, type NodeCard, type NodeObject, type Share, type Subject } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Queries } from "../database/tables.ts";

/** What the database knows of a node that cards and access are made of. */
export type KnownNode = {
  readonly id: string;
  readonly name: string;
  readonly device_type: string;
  readonly status: NodeCard["status"];
  readonly status_since: string;
  readonly software_version: string | null;
  readonly alarms: NodeCard["alarms"];
  readonly object: NodeObject;
};

/** Nodes that somebody sees, until when that holds by itself (milliseconds since 1970). */
export type Sight = { readonly nodes: ReadonlySet<string>; readonly until: number };

type Row = Omit<KnownNode, "object" | "alarms" | "status_since"> & {
  owner_group_id: string;
  status_since: Date;
  shares: Share[];
  critical: number;
  warning: number;
};

/** Every node of the installation, as this instance read it last. */
export class NodeDirectory {
  readonly #queries: Queries;
  nodes: ReadonlyMap<string, KnownNode> = new Map();
  /** Rises when nodes come or go, or who sees them changes. */
  accessVersion = 0;
  #accessText = "";

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  async refresh(): Promise<void> {
    const { rows } = await sql<Row>`
      select n.id, n.name, n.device_type, n.owner_group_id, n.status, n.status_since, n.software_version,
        coalesce((select json_agg(json_build_object('group_id', s.group_id, 'permission', s.permission,
          'expires_at', to_char(s.expires_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by s.group_id)
          from resource_shares s where s.resource_type = 'node' and s.resource_id = n.id), '[]'::json) as shares,
        coalesce(a.critical, 0) as critical, coalesce(a.warning, 0) as warning
      from nodes n left join (
        select node_id, count(*) filter (where severity = 'critical')::int as critical, count(*) filter (where severity = 'warning')::int as warning
        from alarms where is_raised and not coalesce(shelved_until > now(), false) group by node_id) a on a.node_id = n.id
      order by n.id`.execute(this.#queries);
    this.nodes = new Map(rows.map((row) => [row.id, knownOf(row)]));
    const text = rows
      .map(({ id, owner_group_id: owner, shares }) => `${id} ${owner} ${shares.length === 0 ? "" : JSON.stringify(shares)}`)
      .join("\n");
    if (text !== this.#accessText) {
      this.#accessText = text;
      this.accessVersion += 1;
    }
  }

  /** What somebody sees now. */
  sightOf(subject: Subject, now: number): Sight {
    const at = new Date(now).toISOString();
    const nodes = new Set<string>();
    let until = Number.POSITIVE_INFINITY;
    for (const { id, object } of this.nodes.values()) {
      if (permissionOn(subject, object, at) !== undefined) {
        nodes.add(id);
      }
      for (const { expires_at: ends } of object.shares) {
        if (ends !== null && ends > at) {
          until = Math.min(until, Date.parse(ends));
        }
      }
    }
    return { nodes, until };
  }
}

const knownOf = (row: Row): KnownNode => ({
  id: row.id,
  name: row.name,
  device_type: row.device_type,
  status: row.status,
  status_since: row.status_since.toISOString(),
  software_version: row.software_version,
  alarms: { critical: row.critical, warning: row.warning },
  object: { nodeId: row.id, ownerGroupId: row.owner_group_id, shares: row.shares },
});
