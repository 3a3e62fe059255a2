import { sql } from "kysely";
import type { MigrationStep } from "../migration.ts";

/** People, their groups, sessions and tokens, and the record of what they do. */
export const up: MigrationStep = async (tx) => {
  await people(tx);
  await groups(tx);
  await waysIn(tx);
  await remembered(tx);
  await audit(tx);
};

const people: MigrationStep = async (tx) => {
  await sql`
    create table users (
      id uuid primary key default gen_random_uuid(),
      username text not null check (length(username) between 1 and 64),
      display_name text not null check (length(display_name) between 1 and 128),
      email text check (length(email) <= 254),
      password_hash text not null,
      platform_role text not null default 'user' check (platform_role in ('user', 'super_admin')),
      is_active boolean not null default true,
      is_temporary boolean not null default false,
      must_change_password boolean not null default false,
      expires_at timestamptz,
      last_login_at timestamptz,
      created_at timestamptz not null default now(),
      version integer not null default 1
    )`.execute(tx);
  await sql`create unique index users_username on users (lower(username))`.execute(tx);
};

const groups: MigrationStep = async (tx) => {
  await sql`
    create table groups (
      id text primary key check (id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
      slug text not null constraint groups_slug unique,
      name text not null check (length(name) between 1 and 128),
      brand_color text check (brand_color ~ '^#[0-9a-fA-F]{6}$'),
      logo bytea check (length(logo) <= 262144),
      logo_version integer,
      max_nodes integer check (max_nodes >= 0),
      max_users integer check (max_users >= 0),
      max_tunnels integer check (max_tunnels >= 0),
      created_at timestamptz not null default now(),
      version integer not null default 1
    )`.execute(tx);
  await sql`
    create table group_members (
      group_id text not null references groups on delete cascade,
      user_id uuid not null references users on delete cascade,
      role text not null check (role in ('viewer', 'operator', 'admin')),
      allowed_node_ids uuid[],
      primary key (group_id, user_id)
    )`.execute(tx);
  await sql`create index group_members_user on group_members (user_id)`.execute(tx);
  await sql`insert into groups (id, slug, name) values ('grp_default', 'default', 'Default')`.execute(tx);
};

const waysIn: MigrationStep = async (tx) => {
  await sql`
    create table sessions (
      id uuid primary key,
      user_id uuid not null references users on delete cascade,
      created_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      expires_at timestamptz not null,
      ip_address text not null,
      user_agent text not null
    )`.execute(tx);
  await sql`create index sessions_user on sessions (user_id)`.execute(tx);
  await sql`create index sessions_expires_at on sessions (expires_at)`.execute(tx);
  await sql`
    create table api_tokens (
      id uuid primary key default gen_random_uuid(),
      user_id uuid not null references users on delete cascade,
      name text not null,
      fingerprint text not null constraint api_tokens_fingerprint unique,
      group_id text references groups on delete cascade,
      role text not null check (role in ('viewer', 'operator', 'admin')),
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      last_used_at timestamptz
    )`.execute(tx);
  await sql`create index api_tokens_user on api_tokens (user_id)`.execute(tx);
};

const remembered: MigrationStep = async (tx) => {
  await sql`
    create table settings (
      key text primary key,
      value jsonb not null,
      updated_at timestamptz not null default now(),
      updated_by text not null
    )`.execute(tx);
  await sql`
    create table ui_preferences (
      user_id uuid not null references users on delete cascade,
      key text not null,
      value jsonb not null,
      primary key (user_id, key)
    )`.execute(tx);
  await sql`
    create table manager_instances (
      id text primary key,
      region text not null,
      version text not null,
      started_at timestamptz not null default now(),
      last_heartbeat_at timestamptz not null default now()
    )`.execute(tx);
};

/** Rows name things and people as they were called then, and refer to nothing: what they tell of may be gone. */
const audit: MigrationStep = async (tx) => {
  await sql`
    create table audit_log (
      seq bigint primary key,
      at timestamptz(3) not null,
      actor_id uuid,
      actor_name text not null,
      via text not null check (via in ('session', 'token', 'system', 'command_line')),
      action text not null,
      group_id text,
      target_type text not null,
      target_id text not null,
      target_name text not null,
      changes jsonb not null,
      details jsonb not null,
      ip_address text not null,
      instance_id text not null,
      hash text not null
    )`.execute(tx);
  await sql`create index audit_log_group on audit_log (group_id, seq desc)`.execute(tx);
  await sql`create index audit_log_at on audit_log (at)`.execute(tx);
  // The end of the chain, and the hash that its first kept row goes on from.
  await sql`
    create table audit_head (
      id integer primary key default 1 check (id = 1),
      seq bigint not null,
      hash text not null,
      base_seq bigint not null,
      base_hash text not null
    )`.execute(tx);
  await sql`insert into audit_head (seq, hash, base_seq, base_hash) values (0, repeat('0', 64), 0, repeat('0', 64))`.execute(tx);
  await sql`
    create function audit_log_is_append_only() returns trigger language plpgsql as $$
    begin
      if coalesce(current_setting('bilbycast.audit_retention', true), '') = 'on' and tg_op = 'DELETE' then
        return old;
      end if;
      raise exception 'the audit log is append only';
    end $$`.execute(tx);
  await sql`create trigger audit_log_append_only before update or delete on audit_log for each row execute function audit_log_is_append_only()`.execute(
    tx,
  );
  // To empty a table is not to delete its rows, as far as triggers go.
  await sql`create trigger audit_log_is_not_emptied before truncate on audit_log execute function audit_log_is_append_only()`.execute(tx);
};
