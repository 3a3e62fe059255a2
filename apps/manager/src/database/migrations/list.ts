import type { Migration } from "../migration.ts";
import { up as bookkeeping } from "./0001-bookkeeping.ts";
import { up as people } from "./0002-people.ts";
import { up as nodes } from "./0003-nodes.ts";
import { up as alarms } from "./0004-alarms.ts";
import { up as openShares } from "./0005-open-shares.ts";
import { up as switcher } from "./0006-switcher.ts";

/** Every migration, in order. What was released is not changed any more: the next change is the next migration. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "bookkeeping", up: bookkeeping },
  { version: 2, name: "people", up: people },
  { version: 3, name: "nodes", up: nodes },
  { version: 4, name: "alarms", up: alarms },
  { version: 5, name: "open-shares", up: openShares },
  { version: 6, name: "switcher", up: switcher },
];
