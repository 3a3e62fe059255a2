import { sql } from "kysely";
import type { MigrationStep } from "../migration.ts";

/** Nodes, with whom they are shared, which instance has them, what they are configured to, and how that changed. */
export const up: MigrationStep = async (tx) => {
  await nodes(tx);
  await connections(tx);
  await configurations(tx);
};

const nodes: MigrationStep = async (tx) => {
  await sql`
    create table nodes (
      id uuid primary key default gen_random_uuid(),
      owner_group_id text not null references groups,
      name text not null check (length(name) between 1 and 128),
      description text not null default '',
      device_type text not null,
      status text not null default 'pending' check (status in ('pending', 'online', 'degraded', 'error', 'offline')),
      status_since timestamptz not null default now(),
      last_seen_at timestamptz,
      software_version text,
      protocol_version integer,
      capabilities jsonb not null default '[]',
      last_health jsonb,
      token_fingerprint text constraint nodes_token unique,
      token_expires_at timestamptz,
      secret_fingerprint text,
      next_secret_fingerprint text,
      expires_at timestamptz,
      web_ui_url text,
      network_type text not null default 'nat' check (network_type in ('nat', 'public', 'unknown')),
      network_zone text,
      created_at timestamptz not null default now(),
      version integer not null default 1
    )`.execute(tx);
  await sql`create unique index nodes_name on nodes (owner_group_id, lower(name))`.execute(tx);
  await sql`
    create table resource_shares (
      resource_type text not null check (resource_type in ('node')),
      resource_id uuid not null references nodes on delete cascade,
      group_id text not null references groups on delete cascade,
      permission text not null check (permission in ('view', 'operate', 'manage')),
      expires_at timestamptz,
      created_by text not null,
      created_at timestamptz not null default now(),
      primary key (resource_type, resource_id, group_id)
    )`.execute(tx);
  await sql`create index resource_shares_group on resource_shares (group_id)`.execute(tx);
};

/** The epoch rises with each connection of a node: whoever holds an older one has it no more, and must not speak for it. */
const connections: MigrationStep = async (tx) => {
  await sql`
    create table node_connections (
      node_id uuid primary key references nodes on delete cascade,
      epoch bigint not null,
      instance_id text,
      region text,
      connected_at timestamptz,
      remote_address text
    )`.execute(tx);
  await sql`create index node_connections_instance on node_connections (instance_id)`.execute(tx);
};

const configurations: MigrationStep = async (tx) => {
  await sql`
    create table node_configs (
      node_id uuid primary key references nodes on delete cascade,
      revision text not null,
      config_enc text not null,
      reported_at timestamptz not null default now()
    )`.execute(tx);
  await sql`
    create table node_config_snapshots (
      id uuid primary key,
      node_id uuid not null references nodes on delete cascade,
      taken_at timestamptz not null default now(),
      reason text not null,
      label text,
      by_name text,
      revision text not null,
      config_enc text not null
    )`.execute(tx);
  await sql`create index node_config_snapshots_node on node_config_snapshots (node_id, taken_at desc)`.execute(tx);
  await sql`
    create table config_changes (
      id uuid primary key,
      node_id uuid not null references nodes on delete cascade,
      by_name text not null,
      at timestamptz not null default now(),
      summary text not null,
      state text not null check (state in ('applying', 'watching', 'verified', 'troubled', 'failed', 'reverted')),
      watched_until timestamptz,
      before_snapshot_id uuid references node_config_snapshots on delete set null,
      after_revision text,
      differences jsonb not null default '[]',
      touched jsonb not null default '[]',
      error text,
      error_code text
    )`.execute(tx);
  await sql`create index config_changes_node on config_changes (node_id, at desc)`.execute(tx);
};
