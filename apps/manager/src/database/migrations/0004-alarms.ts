import { sql } from "kysely";
import type { MigrationStep } from "../migration.ts";

/** What nodes tell (events), what lasts of it (alarms), and how they did over time (history). */
export const up: MigrationStep = async (tx) => {
  await sql`
    create table alarms (
      id uuid primary key default gen_random_uuid(),
      group_id text not null references groups on delete cascade,
      node_id uuid references nodes on delete cascade,
      key text not null,
      severity text not null check (severity in ('warning', 'critical')),
      category text not null,
      error_code text not null,
      flow_id text,
      input_id text,
      output_id text,
      message text not null,
      is_raised boolean not null default true,
      count integer not null default 1,
      first_seen timestamptz not null,
      last_seen timestamptz not null,
      cleared_at timestamptz,
      acknowledged_at timestamptz,
      acknowledged_by text,
      note text,
      shelved_until timestamptz,
      shelved_by text,
      fades_at timestamptz
    )`.execute(tx);
  // One open condition for each key: two instances that hear of it at once make one of it.
  await sql`create unique index alarms_open on alarms (node_id, key) nulls not distinct where is_raised or acknowledged_at is null`.execute(
    tx,
  );
  await sql`create index alarms_node on alarms (node_id, is_raised, last_seen desc)`.execute(tx);
  await sql`create index alarms_last_seen on alarms (last_seen)`.execute(tx);
  await sql`
    create table events (
      id bigint generated always as identity,
      at timestamptz(3) not null,
      group_id text not null,
      node_id uuid,
      node_name text not null,
      severity text not null check (severity in ('info', 'warning', 'critical')),
      category text not null,
      message text not null,
      error_code text,
      flow_id text,
      input_id text,
      output_id text,
      details jsonb not null default '{}',
      alarm_id uuid,
      primary key (at, id)
    ) partition by range (at)`.execute(tx);
  await sql`create index events_group on events (group_id, at desc, id desc)`.execute(tx);
  await sql`create index events_node on events (node_id, at desc, id desc)`.execute(tx);
  // Ids that nodes gave to their events: one that comes a second time, perhaps to another instance, is known by them.
  await sql`
    create table event_ids (
      node_id uuid not null references nodes on delete cascade,
      event_id text not null check (length(event_id) <= 256),
      kept_at timestamptz not null default now(),
      primary key (node_id, event_id)
    )`.execute(tx);
  await sql`create index event_ids_kept_at on event_ids (kept_at)`.execute(tx);
  await history(tx);
};

/**
 * One packed row per node and interval: what is asked for is always a stretch of one node. The epoch is that of the connection by which the
 * node told it: of two instances that both had the node for a moment the later one is believed.
 */
const history: MigrationStep = async (tx) => {
  for (const table of ["history_30s", "history_5m"]) {
    await sql`
      create table ${sql.raw(table)} (
        node_id uuid not null,
        at timestamptz(3) not null,
        epoch bigint not null,
        body bytea not null,
        primary key (node_id, at)
      ) partition by range (at)`.execute(tx);
  }
};
