import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { AuthErrorCode, NodeMessage } from "@bilbycast/contracts/node-link";
import { isSameSecret } from "@bilbycast/service/secrets";
import type { App } from "../app.ts";
import { storableJson } from "../audit/canonical-json.ts";
import { record, type Actor } from "../audit/record.ts";
import { forgetFailures, lockedForSeconds, recordFailure, type LockoutRule } from "../database/lockout.ts";
import type { Transaction } from "../database/tables.ts";
import { isUuid } from "../access/uuid.ts";

type Auth = (NodeMessage & { type: "auth" })["payload"];

/** A node that was let in. */
export type Admitted = {
  nodeId: string;
  deviceType: string;
  /** When it may not be here any more. Milliseconds since 1970. */
  expiresAt: number | undefined;
  /** Rises with each connection of the node; who has an older one has it no more. */
  epoch: bigint;
  softwareVersion: string;
  protocolVersion: number;
  /** Of a registration: what the node is to keep. */
  secret: string | undefined;
};

export type Refused = { refused: AuthErrorCode };

const RULE: LockoutRule = { failures: 5, withinSeconds: 60, lockSeconds: 60 };

/** Lets a node in by its registration token, once, or by the secret that it got for it. */
export const admitNode = async (app: App, auth: Auth, remoteAddress: string): Promise<Admitted | Refused> => {
  const key = lockoutKey(auth, remoteAddress);
  if ((await lockedForSeconds(app.database.queries, key)) > 0) {
    return { refused: "too_many_attempts" };
  }
  const outcome = await app.database.transaction((tx) => admitIn(tx, app, auth, remoteAddress));
  if ("refused" in outcome) {
    await recordFailure(app.database.queries, key, RULE);
  } else {
    await forgetFailures(app.database.queries, key);
  }
  return outcome;
};

/** The whole token is a secret; its beginning tells two apart. */
const lockoutKey = (auth: Auth, remoteAddress: string): string =>
  storable(
    typeof auth["registration_token"] === "string"
      ? `node:token:${auth["registration_token"].slice(0, 8)}`
      : // Whoever knows a node's id must not be able to lock out the node itself.
        `node:${String(auth["node_id"]).slice(0, 64)}:${remoteAddress}`,
  );

type Row = {
  id: string;
  name: string;
  owner_group_id: string;
  device_type: string;
  expires_at: Date | null;
  token_expires_at: Date | null;
  token_fingerprint: string | null;
  secret_fingerprint: string | null;
  next_secret_fingerprint: string | null;
};
const COLUMNS = [
  "id",
  "name",
  "owner_group_id",
  "device_type",
  "expires_at",
  "token_expires_at",
  "token_fingerprint",
  "secret_fingerprint",
  "next_secret_fingerprint",
] as const;

const admitIn = async (tx: Transaction, app: App, auth: Auth, remoteAddress: string): Promise<Admitted | Refused> => {
  const versions = {
    softwareVersion: storable((auth.software_version ?? "").slice(0, 256)),
    protocolVersion: Math.min(Math.max(0, Math.trunc(auth.protocol_version)), PROTOCOL_VERSION_MAX),
  };
  if (typeof auth["registration_token"] === "string") {
    const fingerprint = app.vault.fingerprint("registration-token", auth["registration_token"]);
    const node = await tx.selectFrom("nodes").select(COLUMNS).where("token_fingerprint", "=", fingerprint).forUpdate().executeTakeFirst();
    const refused =
      node === undefined || isPast(node.token_expires_at)
        ? "registration_token_invalid"
        : isPast(node.expires_at)
          ? "node_expired"
          : undefined;
    if (node === undefined || refused !== undefined) {
      return { refused: refused ?? "registration_token_invalid" };
    }
    return register(tx, app, node, versions, remoteAddress);
  }
  const [nodeId, secret] = [String(auth["node_id"]), String(auth["node_secret"])];
  const node = isUuid(nodeId)
    ? await tx.selectFrom("nodes").select(COLUMNS).where("id", "=", nodeId).forUpdate().executeTakeFirst()
    : undefined;
  const fingerprint = app.vault.fingerprint("node-secret", secret);
  const isPresent = isSameSecret(fingerprint, node?.secret_fingerprint ?? "");
  // The acknowledgement of a new secret may have been lost on its way, when the node has it already.
  const isNext = isSameSecret(fingerprint, node?.next_secret_fingerprint ?? "");
  if (node === undefined) {
    return { refused: "node_unknown" };
  }
  if (!isPresent && !isNext) {
    return { refused: "node_secret_invalid" };
  }
  if (isPast(node.expires_at)) {
    return { refused: "node_expired" };
  }
  if (isNext) {
    await tx
      .updateTable("nodes")
      .set({ secret_fingerprint: fingerprint, next_secret_fingerprint: null })
      .where("id", "=", node.id)
      .execute();
  }
  await forgetToken(tx, node);
  return connect(tx, app, node, { ...versions, secret: undefined }, remoteAddress);
};

/** More than any node ever speaks, and what the column holds. */
const PROTOCOL_VERSION_MAX = 2_147_483_647;

/** Whoever knocks may have written anything, and the database does not take all of it. */
const storable = (text: string): string => storableJson(text) as string;

const isPast = (time: Date | null): boolean => time !== null && time.getTime() <= Date.now();

/** The token stays good until the node has shown that the secret came to it: an answer that is lost on its way must not lock it out. */
const register = async (
  tx: Transaction,
  app: App,
  node: Row,
  versions: Pick<Admitted, "softwareVersion" | "protocolVersion">,
  remoteAddress: string,
): Promise<Admitted> => {
  const secret = randomUUID();
  await tx
    .updateTable("nodes")
    .set({ secret_fingerprint: app.vault.fingerprint("node-secret", secret), next_secret_fingerprint: null })
    .where("id", "=", node.id)
    .execute();
  const admitted = await connect(tx, app, node, { ...versions, secret }, remoteAddress);
  await record(tx, nodeActor(app, node.name, remoteAddress), {
    action: "node.register",
    groupId: node.owner_group_id,
    target: { type: "node", id: node.id, name: node.name },
  });
  return admitted;
};

/** Called when the node has shown that it has its secret. */
export const forgetToken = async (
  tx: Transaction | App["database"]["queries"],
  node: { id: string; token_fingerprint?: string | null },
): Promise<void> => {
  if (node.token_fingerprint !== null) {
    await tx
      .updateTable("nodes")
      .set({ token_fingerprint: null, token_expires_at: null })
      .where("id", "=", node.id)
      .where("secret_fingerprint", "is not", null)
      .execute();
  }
};

const connect = async (
  tx: Transaction,
  { instanceId, region }: App,
  node: Row,
  by: Pick<Admitted, "softwareVersion" | "protocolVersion" | "secret">,
  remoteAddress: string,
): Promise<Admitted> => {
  const { rows } = await sql<{ epoch: number }>`
    insert into node_connections (node_id, epoch, instance_id, region, connected_at, remote_address)
    values (${node.id}, 1, ${instanceId}, ${region}, now(), ${remoteAddress})
    on conflict (node_id) do update set epoch = node_connections.epoch + 1, instance_id = ${instanceId}, region = ${region}, connected_at = now(), remote_address = ${remoteAddress}
    returning epoch`.execute(tx);
  await tx
    .updateTable("nodes")
    .set({ software_version: by.softwareVersion, protocol_version: by.protocolVersion, last_seen_at: new Date() })
    .where("id", "=", node.id)
    .execute();
  return {
    nodeId: node.id,
    deviceType: node.device_type,
    expiresAt: node.expires_at?.getTime(),
    epoch: BigInt(rows[0]?.epoch ?? 0),
    ...by,
  };
};

const nodeActor = ({ instanceId }: App, name: string, ipAddress: string): Actor => ({
  id: null,
  name,
  via: "system",
  ipAddress,
  instanceId,
});
