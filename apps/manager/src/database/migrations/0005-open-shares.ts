import { sql } from "kysely";
import type { MigrationStep } from "../migration.ts";

/** A share names a group by an id that nobody looks up, so that who shares does not learn by it which groups there are. */
export const up: MigrationStep = async (tx) => {
  await sql`alter table resource_shares drop constraint resource_shares_group_id_fkey`.execute(tx);
};
