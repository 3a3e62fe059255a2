import type { AuditRow, Subject } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Queries } from "../database/tables.ts";
import { administeredBy } from "../people/user-view.ts";

export type AuditFilter = {
  cursor?: string | undefined;
  group_id?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  target_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

/** Rows of the groups that the caller administers, the newest first; those of the installation are the super admin's alone. */
export const auditRows = async (queries: Queries, subject: Subject, filter: AuditFilter, limit: number): Promise<AuditRow[]> => {
  const administered = administeredBy(subject);
  const before = /^\d{1,15}$/.test(filter.cursor ?? "") ? Number(filter.cursor) : undefined;
  const rows = await queries
    .selectFrom("audit_log")
    .selectAll()
    .$if(administered !== "all", (all) => all.where(sql<boolean>`group_id = any(${Array.from(administered)}::text[])`))
    .$if(before !== undefined, (all) => all.where("seq", "<", before ?? 0))
    .$if(filter.group_id !== undefined, (all) => all.where("group_id", "=", filter.group_id ?? ""))
    .$if(filter.actor !== undefined, (all) => all.where(sql<boolean>`lower(actor_name) = lower(${filter.actor ?? ""})`))
    .$if(filter.action !== undefined, (all) => all.where(sql<boolean>`starts_with(action, ${filter.action ?? ""})`))
    .$if(filter.target_id !== undefined, (all) => all.where("target_id", "=", filter.target_id ?? ""))
    .$if(filter.from !== undefined, (all) => all.where("at", ">=", new Date(filter.from ?? 0)))
    .$if(filter.to !== undefined, (all) => all.where("at", "<", new Date(filter.to ?? 0)))
    .orderBy("seq", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...row,
    at: row.at.toISOString(),
    changes: row.changes as AuditRow["changes"],
    details: row.details as AuditRow["details"],
  }));
};
