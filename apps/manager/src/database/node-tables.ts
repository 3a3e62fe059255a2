import type { CHANGE_STATES, NETWORK_TYPES, NODE_STATUSES, Permission } from "@bilbycast/contracts/manager-api";
import type { Generated } from "kysely";

/** Tables of migrations 3 and 4. */
export type NodeTables = {
  nodes: {
    id: Generated<string>;
    owner_group_id: string;
    name: string;
    description: Generated<string>;
    device_type: string;
    status: Generated<(typeof NODE_STATUSES)[number]>;
    status_since: Generated<Date>;
    last_seen_at: Date | null;
    software_version: string | null;
    protocol_version: number | null;
    capabilities: Generated<string[]>;
    last_health: unknown;
    token_fingerprint: string | null;
    token_expires_at: Date | null;
    secret_fingerprint: string | null;
    next_secret_fingerprint: string | null;
    expires_at: Date | null;
    web_ui_url: string | null;
    network_type: Generated<(typeof NETWORK_TYPES)[number]>;
    network_zone: string | null;
    created_at: Generated<Date>;
    version: Generated<number>;
  };
  resource_shares: {
    resource_type: "node";
    resource_id: string;
    group_id: string;
    permission: Permission;
    expires_at: Date | null;
    created_by: string;
    created_at: Generated<Date>;
  };
  node_connections: {
    node_id: string;
    epoch: number;
    instance_id: string | null;
    region: string | null;
    connected_at: Date | null;
    remote_address: string | null;
  };
  node_configs: { node_id: string; revision: string; config_enc: string; reported_at: Generated<Date> };
  node_config_snapshots: {
    id: string;
    node_id: string;
    taken_at: Generated<Date>;
    reason: string;
    label: string | null;
    by_name: string | null;
    revision: string;
    config_enc: string;
  };
  config_changes: {
    id: string;
    node_id: string;
    by_name: string;
    at: Generated<Date>;
    summary: string;
    state: (typeof CHANGE_STATES)[number];
    watched_until: Date | null;
    before_snapshot_id: string | null;
    after_revision: string | null;
    differences: unknown;
    touched: unknown;
    error: string | null;
    error_code: string | null;
  };
  alarms: {
    id: Generated<string>;
    group_id: string;
    node_id: string | null;
    key: string;
    severity: "warning" | "critical";
    category: string;
    error_code: string;
    flow_id: string | null;
    input_id: string | null;
    output_id: string | null;
    message: string;
    is_raised: Generated<boolean>;
    count: Generated<number>;
    first_seen: Date;
    last_seen: Date;
    cleared_at: Date | null;
    acknowledged_at: Date | null;
    acknowledged_by: string | null;
    note: string | null;
    shelved_until: Date | null;
    shelved_by: string | null;
    /** When it clears by itself unless it is told again; null: by what ends it alone. */
    fades_at: Date | null;
  };
  event_ids: { node_id: string; event_id: string; kept_at: Generated<Date> };
  events: {
    id: Generated<number>;
    at: Date;
    group_id: string;
    node_id: string | null;
    node_name: string;
    severity: "info" | "warning" | "critical";
    category: string;
    message: string;
    error_code: string | null;
    flow_id: string | null;
    input_id: string | null;
    output_id: string | null;
    details: unknown;
    alarm_id: string | null;
  };
  history_30s: { node_id: string; at: Date; epoch: string; body: Buffer };
  history_5m: { node_id: string; at: Date; epoch: string; body: Buffer };
};
