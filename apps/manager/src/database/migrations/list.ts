import type { Migration } from "../migration.ts";
import { up as bookkeeping } from "./0001-bookkeeping.ts";

/** Every migration, in order. What was released is not changed any more: the next change is the next migration. */
export const MIGRATIONS: readonly Migration[] = [{ version: 1, name: "bookkeeping", up: bookkeeping }];
