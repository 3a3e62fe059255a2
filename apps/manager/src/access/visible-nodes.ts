import { permissionOn, type NodeObject, type Subject } from "@bilbycast/contracts/manager-api";
import type { Queries, Transaction } from "../database/tables.ts";
import { allNodeObjects } from "./targets.ts";

/** Ids of the nodes that somebody sees now; "all" for who sees everything. */
export const visibleNodes = async (queries: Queries | Transaction, subject: Subject): Promise<"all" | string[]> => {
  if (subject.platform_role === "super_admin") {
    return "all";
  }
  const now = new Date().toISOString();
  return (await allNodeObjects(queries))
    .filter((node: NodeObject) => permissionOn(subject, node, now) !== undefined)
    .map(({ nodeId }) => nodeId);
};
