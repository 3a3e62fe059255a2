import { randomBytes } from "node:crypto";
import type { AnswerOf, NODE_ENDPOINTS } from "@bilbycast/contracts/manager-api";
import type { FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import type { Transaction } from "../database/tables.ts";

type Enrolment = AnswerOf<typeof NODE_ENDPOINTS.nodeToken>;

/** How long a registration token is good, in milliseconds. */
const LIFETIME = 7 * 86_400_000;

/** Gives out a registration token; what it was before is no more. What the database keeps of it tells nobody what it is. */
export const giveTokenFor = async (tx: Transaction, app: App, nodeId: string): Promise<{ token: string; expiresAt: Date }> => {
  const token = randomBytes(32).toString("base64url");
  const expiresAt = new Date(Date.now() + LIFETIME);
  await tx
    .updateTable("nodes")
    .set({ token_fingerprint: app.vault.fingerprint("registration-token", token), token_expires_at: expiresAt })
    .where("id", "=", nodeId)
    .execute();
  return { token, expiresAt };
};

/** The same, as a person is shown it: with the manager's address and a line to start the node by. */
export const giveToken = async (tx: Transaction, app: App, nodeId: string, request: FastifyRequest): Promise<Enrolment> => {
  const { token, expiresAt } = await giveTokenFor(tx, app, nodeId);
  const managerUrl = `${webSocketOf(app.publicUrl ?? originOfRequest(app, request))}/ws/node`;
  return {
    registration_token: token,
    expires_at: expiresAt.toISOString(),
    manager_url: managerUrl,
    cert_fingerprint: app.certFingerprint ?? null,
    start_command: startCommand(managerUrl, token, app.certFingerprint),
  };
};

/** In the environment, not among the arguments: every account of a machine sees those. The blank before it keeps it out of most shells' history. */
const startCommand = (managerUrl: string, token: string, fingerprint: string | undefined): string =>
  [
    ` BILBYCAST_MANAGER_URL='${managerUrl}'`,
    `BILBYCAST_REGISTRATION_TOKEN='${token}'`,
    ...(fingerprint === undefined ? [] : [`BILBYCAST_MANAGER_FINGERPRINT='${fingerprint}'`]),
    "bilbycast-edge",
  ].join(" ");

const webSocketOf = (url: string): string => url.replace(/^http/, "ws").replace(/\/$/, "");

/** As whoever asks has reached us: what the address bar says works for them, and most likely for the node. */
const originOfRequest = (app: App, request: FastifyRequest): string => {
  const host = (request.headers.host ?? "").replace(/[^\w.:[\]-]/g, "");
  return `${app.isSecure ? "https" : "http"}://${host === "" ? "localhost" : host}`;
};
