import { sql } from "kysely";
import type { Database } from "../database/database.ts";
import type { Transaction } from "../database/tables.ts";
import { hashOf } from "./chain.ts";

/** Rows that are read at a time. */
const STRETCH = 2_000;

export type ChainReport = { is_whole: boolean; rows: number; first_broken_seq: number | null };

/** Walks the whole chain as it stood when the walk began. */
export const verifyChain = (database: Database): Promise<ChainReport> => database.transaction(walk, { isolation: "repeatable read" });

const walk = async (tx: Transaction): Promise<ChainReport> => {
  await sql`set local statement_timeout = 0`.execute(tx);
  const head = await tx.selectFrom("audit_head").selectAll().executeTakeFirstOrThrow();
  let previous = head.base_hash;
  let seq = head.base_seq;
  let rows = 0;
  for (;;) {
    const stretch = await tx.selectFrom("audit_log").selectAll().where("seq", ">", seq).orderBy("seq").limit(STRETCH).execute();
    for (const { hash, ...row } of stretch) {
      const expected = hashOf({ ...row, at: row.at.getTime() }, previous);
      if (row.seq !== seq + 1 || hash !== expected) {
        return { is_whole: false, rows, first_broken_seq: seq + 1 };
      }
      previous = hash;
      seq += 1;
      rows += 1;
    }
    if (stretch.length < STRETCH) {
      break;
    }
  }
  // Rows that were cut off the end are missed by the head alone.
  const isWhole = seq === head.seq && previous === head.hash;
  return { is_whole: isWhole, rows, first_broken_seq: isWhole ? null : seq + 1 };
};
