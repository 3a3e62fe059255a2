import { sql } from "kysely";
import type { Transaction } from "../database/tables.ts";

/** Removes rows older than so many days; the chain goes on from the last one removed. */
export const pruneAudit = async (tx: Transaction, days: number): Promise<void> => {
  await sql`set local bilbycast.audit_retention = 'on'`.execute(tx);
  await sql`select 1 from audit_head where id = 1 for update`.execute(tx);
  await sql`
    with last as (select seq, hash from audit_log where at < now() - make_interval(days => ${days}) order by seq desc limit 1),
      gone as (delete from audit_log using last where audit_log.seq <= last.seq)
    update audit_head set base_seq = last.seq, base_hash = last.hash from last where audit_head.id = 1`.execute(tx);
};
