import { randomUUID } from "node:crypto";
import { isFault } from "@bilbycast/foundation/fault";
import type { NodeObject } from "@bilbycast/contracts/manager-api";
import { ACK_WAIT_MS } from "@bilbycast/contracts/node-link";
import { record, type Actor } from "../audit/record.ts";
import { isFaultOf } from "../database/query-fault.ts";
import { notFound } from "../http/faults.ts";
import type { NodeRooms } from "./routes.ts";

/**
 * Gives the node a new secret. Both hold from before it is sent until it is acknowledged, or until the node comes with the new one:
 * whichever of the two the node has after an accident, it gets in. It is on record before it is sent, since nobody knows what became of
 * a command that is not acknowledged.
 */
export const rotateSecret = async ({ app, hub }: NodeRooms, { nodeId, ownerGroupId }: NodeObject, actor: Actor): Promise<void> => {
  const secret = randomUUID();
  const fingerprint = app.vault.fingerprint("node-secret", secret);
  const set = (columns: Partial<Fingerprints>, action?: string, details: Record<string, unknown> = {}): Promise<void> =>
    app.database.transaction(async (tx) => {
      const node = await tx.updateTable("nodes").set(columns).where("id", "=", nodeId).returning("name").executeTakeFirst();
      if (node === undefined) {
        throw notFound();
      }
      if (action !== undefined) {
        await record(tx, actor, { action, groupId: ownerGroupId, target: { type: "node", id: nodeId, name: node.name }, details });
      }
    });
  await set({ next_secret_fingerprint: fingerprint }, "node.rotate_secret");
  try {
    await hub.command(nodeId, { type: "rotate_secret", new_secret: secret }, ACK_WAIT_MS);
  } catch (error) {
    // One that refused or had no room for it never took it; of another end nobody knows.
    const isRefused = isFaultOf(error, "node_refused", "node_busy");
    await set({ next_secret_fingerprint: isRefused ? null : fingerprint }, "node.rotate_secret.failed", {
      error_code: isFault(error) ? error.code : "internal",
    });
    throw error;
  }
  await set({ secret_fingerprint: fingerprint, next_secret_fingerprint: null });
};

type Fingerprints = { secret_fingerprint: string | null; next_secret_fingerprint: string | null };
