import { sql } from "kysely";
import type { Queries } from "./tables.ts";

/** Whether it may be done, and if not, in how many seconds to try again. */
export type Token = { allowed: true } | { allowed: false; retryAfterSeconds: number };

/**
 * Takes one token of the key's bucket, which holds `limit` and fills up evenly within the window. One statement, by the
 * database's clock: instances share the bucket, and two that ask at once do not get the same token. Not in a transaction
 * of the caller's: a token of one that is rolled back would come back.
 */
export const takeToken = async (queries: Queries, key: string, limit: number, windowSeconds: number): Promise<Token> => {
  const window = sql`make_interval(secs => ${windowSeconds})`;
  const each = sql`make_interval(secs => ${windowSeconds / limit})`;
  const taken = await sql<{ full_at: Date }>`
    insert into rate_limit as bucket (key, full_at) values (${key}, clock_timestamp() + ${each})
    on conflict (key) do update set full_at = greatest(bucket.full_at, clock_timestamp()) + ${each}
    where greatest(bucket.full_at, clock_timestamp()) + ${each} <= clock_timestamp() + ${window}
    returning full_at`.execute(queries);
  if (taken.rows.length > 0) {
    return { allowed: true };
  }
  const { rows } = await sql<{ wait: number }>`
    select extract(epoch from full_at + ${each} - ${window} - clock_timestamp())::float8 as wait
    from rate_limit where key = ${key}`.execute(queries);
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(rows[0]?.wait ?? 1)) };
};

/** Removes buckets that are full, lockouts that are over and payloads that everybody has read. Any instance may do it at any time. */
export const cleanUpBookkeeping = async (queries: Queries): Promise<void> => {
  await sql`delete from rate_limit where full_at < clock_timestamp()`.execute(queries);
  await sql`delete from lockout where counted_until < clock_timestamp() and coalesce(locked_until, counted_until) < clock_timestamp()`.execute(
    queries,
  );
  await sql`delete from notification_payload where created_at < clock_timestamp() - interval '2 minutes'`.execute(queries);
};
