import type { Group } from "@bilbycast/contracts/manager-api";
import type { Selectable } from "kysely";
import type { PeopleTables } from "../database/people-tables.ts";

/** A group without its logo, which is asked for by itself. */
export type Row = Omit<Selectable<PeopleTables["groups"]>, "logo">;
export const COLUMNS = [
  "id",
  "slug",
  "name",
  "brand_color",
  "logo_version",
  "max_nodes",
  "max_users",
  "max_tunnels",
  "created_at",
  "version",
] as const;

export const viewOf = (row: Row): Group => ({ ...row, created_at: row.created_at.toISOString() });
