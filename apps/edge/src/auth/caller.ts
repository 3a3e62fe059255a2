import type { IncomingHttpHeaders } from "node:http";
import type { Role } from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import type { Authentication, AuthSettings } from "./auth-settings.ts";
import { readToken, type Claims } from "./json-web-token.ts";

/** Who may call a route: everybody, everybody as long as metrics are public, any role, administrators. */
export type Access = "public" | "metrics" | "any" | "admin";

/** Somebody who was let in. */
export type Caller = { role: Role };

/** How a browser, which cannot set headers on a WebSocket, hands over its token: as the subprotocol `bearer.<token>`. */
const PROTOCOL_PREFIX = "bearer.";

/**
 * Lets a caller in, or throws `auth_missing`, `auth_token_invalid`, `auth_token_expired`, `auth_role_insufficient`.
 * A token is taken from the header Authorization, never from a URL, which ends in logs.
 */
export const admit = (headers: IncomingHttpHeaders, access: Access, auth: Authentication, nowSecs: number): Caller => {
  if (auth === "open") {
    return { role: "admin" };
  }
  if (access === "public" || (access === "metrics" && auth !== "locked" && auth.public_metrics)) {
    return { role: "monitor" };
  }
  const token = tokenIn(headers);
  if (token === undefined) {
    throw new Fault("auth_missing", "missing Authorization header");
  }
  const claims = auth === "locked" ? "invalid" : readToken(token, auth.jwt_secret, nowSecs);
  if (claims === "expired") {
    throw new Fault("auth_token_expired", "The token has expired; POST /oauth/token gives another");
  }
  if (claims === "invalid" || auth === "locked" || !isClient(claims, auth)) {
    throw new Fault("auth_token_invalid", "The token is not one of this edge's; POST /oauth/token gives one");
  }
  if (access === "admin" && claims.role !== "admin") {
    throw new Fault("auth_role_insufficient", "admin role required");
  }
  return { role: claims.role };
};

/** A token ends with its client, and with the role that the client had when it was given. */
const isClient = ({ sub, role }: Claims, { clients }: AuthSettings): boolean =>
  clients.some((client) => client.client_id === sub && client.role === role);

const tokenIn = (headers: IncomingHttpHeaders): string | undefined => {
  const { authorization } = headers;
  if (authorization !== undefined) {
    return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
  }
  const protocols = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
  return protocols?.find((name) => name.startsWith(PROTOCOL_PREFIX))?.slice(PROTOCOL_PREFIX.length);
};
