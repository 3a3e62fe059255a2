import { randomUUID } from "node:crypto";
import type { NodeObject } from "@bilbycast/contracts/manager-api";
import { ACK_WAIT_MS } from "@bilbycast/contracts/node-link";
import { record, type Actor } from "../audit/record.ts";
import { isFaultOf } from "../database/query-fault.ts";
import { notFound } from "../http/faults.ts";
import type { NodeRooms } from "./routes.ts";

/**
 * Gives the node a new secret. Both hold from before it is sent until it is acknowledged, or until the node comes with the new one:
 * whichever of the two the node has after an accident, it gets in.
 */
export const rotateSecret = async ({ app, hub }: NodeRooms, { nodeId, ownerGroupId }: NodeObject, actor: Actor): Promise<void> => {
  const secret = randomUUID();
  const fingerprint = app.vault.fingerprint("node-secret", secret);
  const setNext = (next: string | null): Promise<unknown> =>
    app.database.queries.updateTable("nodes").set({ next_secret_fingerprint: next }).where("id", "=", nodeId).execute();
  await setNext(fingerprint);
  try {
    await hub.command(nodeId, { type: "rotate_secret", new_secret: secret }, ACK_WAIT_MS);
  } catch (error) {
    if (isFaultOf(error, "node_refused", "node_busy")) {
      // It never took it.
      await setNext(null);
    }
    throw error;
  }
  await app.database.transaction(async (tx) => {
    const node = await tx
      .updateTable("nodes")
      .set({ secret_fingerprint: fingerprint, next_secret_fingerprint: null })
      .where("id", "=", nodeId)
      .returning("name")
      .executeTakeFirst();
    if (node === undefined) {
      throw notFound();
    }
    await record(tx, actor, { action: "node.rotate_secret", groupId: ownerGroupId, target: { type: "node", id: nodeId, name: node.name } });
  });
};
