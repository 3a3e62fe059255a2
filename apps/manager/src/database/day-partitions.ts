import { sql } from "kysely";
import type { Transaction } from "./tables.ts";

/** Tables that are cut by days (UTC), so that what is too old goes with its table and not row by row. */
export type DailyTable = "events" | "history_30s" | "history_5m";

const DAY = 86_400_000;

/** Days that are kept ready: so many before and after today. A manager that could not do this for a week still has where to write. */
export const DAYS_AHEAD = 7;

/**
 * Makes the partitions from `pastDays` before today to a week ahead, those that are missing, and drops those that are whole older than
 * `keepDays`. Any stretch of missed days is made good at once.
 */
export const keepDays = async (
  tx: Transaction,
  table: DailyTable,
  bounds: { pastDays: number; keepDays: number },
  now: number,
): Promise<void> => {
  const today = Math.floor(now / DAY);
  const there = await daysOf(tx, table);
  for (let day = today - bounds.pastDays; day <= today + DAYS_AHEAD; day++) {
    if (!there.has(day)) {
      await makeDay(tx, table, day);
    }
  }
  for (const day of there) {
    if (day < today - Math.max(bounds.keepDays, bounds.pastDays)) {
      await sql`drop table ${sql.id(nameOf(table, day))}`.execute(tx);
    }
  }
};

/** Days since 1970 that have a partition. */
export const daysOf = async (tx: Transaction, table: DailyTable): Promise<Set<number>> => {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = ${table}::regclass`.execute(tx);
  const days = rows.map(({ name }) => Date.parse(`${name.slice(-8, -4)}-${name.slice(-4, -2)}-${name.slice(-2)}T00:00:00Z`) / DAY);
  return new Set(days.filter((day) => Number.isInteger(day)));
};

/** Made beside the table and put to it afterwards: that stops nobody who writes or reads, as making it in its place would. */
const makeDay = async (tx: Transaction, table: DailyTable, day: number): Promise<void> => {
  const name = sql.id(nameOf(table, day));
  const [from, to] = [dateOf(day), dateOf(day + 1)].map((date) => sql.lit(`${date} 00:00:00+00`));
  await sql`create table ${name} (like ${sql.id(table)} including defaults including constraints)`.execute(tx);
  await sql`alter table ${sql.id(table)} attach partition ${name} for values from (${from}) to (${to})`.execute(tx);
};

const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

const nameOf = (table: DailyTable, day: number): string => `${table}_${dateOf(day).replaceAll("-", "")}`;
