import { sql } from "kysely";
import type { Queries } from "./tables.ts";

/** After how many failures, counted within how long, a key is locked for how long. */
export type LockoutRule = { failures: number; withinSeconds: number; lockSeconds: number };

/** Counts a failure; answers whether the key is locked now. One statement: instances count together. */
export const recordFailure = async (queries: Queries, key: string, rule: LockoutRule): Promise<boolean> => {
  const within = sql`make_interval(secs => ${rule.withinSeconds})`;
  // A count that ran out, or one that led to a lock that is over, begins anew.
  const counts = sql`(seen.counted_until > clock_timestamp() and (seen.locked_until is null or seen.locked_until > clock_timestamp()))`;
  const { rows } = await sql<{ locked: boolean }>`
    with counted as (
      insert into lockout as seen (key, failures, counted_until, locked_until)
      values (${key}, 1, clock_timestamp() + ${within}, ${lockedUntil(sql`1`, rule, sql`null`)})
      on conflict (key) do update set
        failures = case when ${counts} then seen.failures + 1 else 1 end,
        counted_until = case when ${counts} then seen.counted_until else clock_timestamp() + ${within} end,
        locked_until = case when ${counts} then ${lockedUntil(sql`seen.failures + 1`, rule, sql`seen.locked_until`)}
          else ${lockedUntil(sql`1`, rule, sql`null`)} end
      returning locked_until
    )
    select coalesce(locked_until > clock_timestamp(), false) as locked from counted`.execute(queries);
  return rows[0]?.locked === true;
};

/** A lock that is there is not prolonged by whoever tries on: that would lock out the owner for ever. */
const lockedUntil = (failures: ReturnType<typeof sql>, rule: LockoutRule, before: ReturnType<typeof sql>): ReturnType<typeof sql> =>
  sql`case when ${failures} >= ${sql.lit(rule.failures)} then coalesce(${before}, clock_timestamp() + make_interval(secs => ${rule.lockSeconds}))
    else null::timestamptz end`;

/** Seconds for which the key is still locked; 0 when it is not. */
export const lockedForSeconds = async (queries: Queries, key: string): Promise<number> => {
  const { rows } = await sql<{ seconds: number }>`
    select extract(epoch from locked_until - clock_timestamp())::float8 as seconds
    from lockout where key = ${key} and locked_until > clock_timestamp()`.execute(queries);
  return Math.ceil(rows[0]?.seconds ?? 0);
};

/** Forgets the failures: the right password was given, or an administrator opens the account. */
export const forgetFailures = async (queries: Queries, key: string): Promise<void> => {
  await queries.deleteFrom("lockout").where("key", "=", key).execute();
};
