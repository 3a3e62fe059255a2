import { sql } from "kysely";
import type { MigrationStep } from "../migration.ts";

/** What the database room keeps for itself: which migrations it has had, limits, notifications that are too long. */
export const up: MigrationStep = async (tx) => {
  await sql`
    create table schema_migration (
      version integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`.execute(tx);

  // A token bucket in one instant: when the bucket will be full again. A row of the past is a full bucket and may go.
  await sql`create table rate_limit (key text primary key, full_at timestamptz not null)`.execute(tx);
  await sql`create index rate_limit_full_at on rate_limit (full_at)`.execute(tx);

  await sql`
    create table lockout (
      key text primary key,
      failures integer not null,
      counted_until timestamptz not null,
      locked_until timestamptz
    )`.execute(tx);

  await sql`
    create table notification_payload (
      id bigint generated always as identity primary key,
      payload text not null,
      created_at timestamptz not null default now()
    )`.execute(tx);
  await sql`create index notification_payload_created_at on notification_payload (created_at)`.execute(tx);
};
