import { sql } from "kysely";
import type { MigrationStep } from "../migration.ts";

/** The live switcher: presets on pages, the two buses of each group, takes, who sits there, and what flows carry. */
export const up: MigrationStep = async (tx) => {
  await presets(tx);
  await desks(tx);
  await carried(tx);
};

const presets: MigrationStep = async (tx) => {
  await sql`
    create table switcher_pages (
      id uuid primary key default gen_random_uuid(),
      group_id text not null references groups on delete cascade,
      name text not null check (length(name) between 1 and 64),
      color text not null,
      position integer not null,
      is_emergency boolean not null default false,
      version integer not null default 1
    )`.execute(tx);
  await sql`create unique index switcher_pages_name on switcher_pages (group_id, lower(name))`.execute(tx);
  // Nodes are named in the actions: one that is deleted leaves a preset that says so, and not one that silently does less.
  await sql`
    create table switcher_presets (
      id uuid primary key default gen_random_uuid(),
      group_id text not null references groups on delete cascade,
      page_id uuid references switcher_pages on delete set null,
      position integer not null,
      name text not null check (length(name) between 1 and 128),
      short_label text not null check (length(short_label) between 1 and 8),
      color text not null,
      description text not null,
      actions jsonb not null,
      version integer not null default 1,
      updated_at timestamptz(3) not null default now(),
      updated_by text not null
    )`.execute(tx);
  await sql`create unique index switcher_presets_name on switcher_presets (group_id, lower(name))`.execute(tx);
};

/** One row for each group: that there is at most one PGM and one PVW is the table's form. */
const desks: MigrationStep = async (tx) => {
  await sql`
    create table switcher_desks (
      group_id text primary key references groups on delete cascade,
      pgm_preset_id uuid references switcher_presets on delete set null,
      pgm_since timestamptz(3),
      pgm_by text,
      pgm_take_id uuid,
      pgm_state text check (pgm_state in ('on_air', 'partial')),
      lost_preset_id uuid,
      lost_at timestamptz(3),
      lost_reason text check (lost_reason in ('drifted', 'interrupted', 'changed')),
      pvw_preset_id uuid references switcher_presets on delete set null,
      pvw_by text,
      pvw_at timestamptz(3),
      taking_id uuid,
      lock_user_id text,
      lock_name text,
      lock_at timestamptz(3),
      version integer not null default 1
    )`.execute(tx);
  await sql`
    create table switcher_takes (
      id uuid primary key,
      group_id text not null references groups on delete cascade,
      request_id uuid,
      kind text not null check (kind in ('take', 'activate', 'revert', 'retry')),
      preset_id uuid references switcher_presets on delete set null,
      preset_name text not null,
      by_user_id uuid,
      by_name text not null,
      at timestamptz(3) not null default now(),
      state text not null check (state in ('taking', 'verifying', 'verified', 'unconfirmed', 'partial', 'failed', 'interrupted')),
      results jsonb not null,
      acknowledged_ms real,
      verified_ms real,
      prior_preset_id uuid,
      instance_id text not null,
      unique (group_id, request_id)
    )`.execute(tx);
  await sql`create index switcher_takes_group on switcher_takes (group_id, at desc)`.execute(tx);
  await sql`create index switcher_takes_open on switcher_takes (instance_id) where state in ('taking', 'verifying')`.execute(tx);
  await sql`
    create table switcher_seats (
      group_id text not null references groups on delete cascade,
      seat uuid not null,
      user_id uuid not null references users on delete cascade,
      name text not null,
      mode text not null check (mode in ('live', 'edit')),
      is_armed boolean not null,
      seen_at timestamptz not null,
      primary key (group_id, seat)
    )`.execute(tx);
};

const carried: MigrationStep = async (tx) => {
  await sql`
    create table carried_inputs (
      node_id uuid not null references nodes on delete cascade,
      flow_id text not null check (length(flow_id) <= 64),
      input_id text check (length(input_id) <= 64),
      is_running boolean not null,
      signals jsonb not null,
      told_at timestamptz not null default now(),
      primary key (node_id, flow_id)
    )`.execute(tx);
};
