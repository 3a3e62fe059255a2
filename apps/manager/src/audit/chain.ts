import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";

/** What of a row its hash is made of: all of it. Times are milliseconds since 1970. */
export type ChainedRow = {
  seq: number;
  at: number;
  actor_id: string | null;
  actor_name: string;
  via: string;
  action: string;
  group_id: string | null;
  target_type: string;
  target_id: string;
  target_name: string;
  changes: unknown;
  details: unknown;
  ip_address: string;
  instance_id: string;
};

/** A row's hash covers the one before it: nobody takes out, adds or changes a row without redoing all that follow. SHA-256, hex. */
export const hashOf = (row: ChainedRow, previous: string): string =>
  createHash("sha256")
    .update(`${previous}\n${canonicalJson(row)}`)
    .digest("hex");
