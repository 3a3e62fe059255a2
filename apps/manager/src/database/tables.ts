import type { Generated, Transaction as KyselyTransaction, Kysely } from "kysely";
import type { NodeTables } from "./node-tables.ts";
import type { PeopleTables } from "./people-tables.ts";
import type { SwitcherTables } from "./switcher-tables.ts";

/** Tables of this room, made by migration 1. */
export type BookkeepingTables = {
  schema_migration: { version: number; name: string; checksum: string; applied_at: Generated<Date> };
  rate_limit: { key: string; full_at: Date };
  lockout: { key: string; failures: number; counted_until: Date; locked_until: Date | null };
  notification_payload: { id: Generated<number>; payload: string; created_at: Generated<Date> };
};

/** Every table of the manager. A migration that makes one adds its columns here by a type of its own. */
export type Tables = BookkeepingTables & PeopleTables & NodeTables & SwitcherTables;

/** What queries are written against: the database, or a transaction of it. */
export type Queries = Kysely<Tables>;
export type Transaction = KyselyTransaction<Tables>;
