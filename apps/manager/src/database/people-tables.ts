import type { MemberRole, PlatformRole } from "@bilbycast/contracts/manager-api";
import type { Generated } from "kysely";

/** Tables of migration 2. */
export type PeopleTables = {
  users: {
    id: Generated<string>;
    username: string;
    display_name: string;
    email: string | null;
    password_hash: string;
    platform_role: Generated<PlatformRole>;
    is_active: Generated<boolean>;
    is_temporary: Generated<boolean>;
    must_change_password: Generated<boolean>;
    expires_at: Date | null;
    last_login_at: Date | null;
    created_at: Generated<Date>;
    version: Generated<number>;
  };
  groups: {
    id: string;
    slug: string;
    name: string;
    brand_color: string | null;
    logo: Buffer | null;
    logo_version: number | null;
    max_nodes: number | null;
    max_users: number | null;
    max_tunnels: number | null;
    created_at: Generated<Date>;
    version: Generated<number>;
  };
  group_members: { group_id: string; user_id: string; role: MemberRole; allowed_node_ids: string[] | null };
  sessions: {
    id: string;
    user_id: string;
    created_at: Generated<Date>;
    last_seen_at: Generated<Date>;
    expires_at: Date;
    ip_address: string;
    user_agent: string;
  };
  api_tokens: {
    id: Generated<string>;
    user_id: string;
    name: string;
    fingerprint: string;
    group_id: string | null;
    role: MemberRole;
    created_at: Generated<Date>;
    expires_at: Date;
    last_used_at: Date | null;
  };
  /** Values are JSON as text on their way in. */
  settings: { key: string; value: unknown; updated_at: Generated<Date>; updated_by: string };
  ui_preferences: { user_id: string; key: string; value: unknown };
  manager_instances: { id: string; region: string; version: string; started_at: Generated<Date>; last_heartbeat_at: Generated<Date> };
  audit_log: {
    seq: number;
    at: Date;
    actor_id: string | null;
    actor_name: string;
    via: "session" | "token" | "system" | "command_line";
    action: string;
    group_id: string | null;
    target_type: string;
    target_id: string;
    target_name: string;
    changes: unknown;
    details: unknown;
    ip_address: string;
    instance_id: string;
    hash: string;
  };
  audit_head: { id: Generated<number>; seq: number; hash: string; base_seq: number; base_hash: string };
};
