import { createHmac } from "node:crypto";
import { signToken } from "../src/auth/json-web-token.ts";
import type { Role } from "@bilbycast/contracts/edge-api";

export const JWT_SECRET = "thirty-two-characters-or-more-of-it";

/** A configuration whose API asks for a token. */
export const guarded = (more: Record<string, unknown> = {}, auth: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...more,
  server: {
    auth: {
      enabled: true,
      jwt_secret: JWT_SECRET,
      clients: [
        { client_id: "boss", client_secret: "boss-secret", role: "admin" },
        { client_id: "wall", client_secret: "wall-secret", role: "monitor" },
      ],
      ...auth,
    },
  },
});

const nowSecs = (): number => Math.floor(Date.now() / 1_000);

/** A token that the edge would give. */
export const tokenOf = (role: Role, seconds = 60): string =>
  signToken({ sub: role === "admin" ? "boss" : "wall", role, iat: nowSecs() - 100, exp: nowSecs() + seconds }, JWT_SECRET);

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** A token of any making: right in every part that is not given, signed with `secret` by `hash`. */
export const forgedToken = (parts: {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  secret?: string;
  hash?: string;
}): string => {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: "boss", role: "admin", iat: nowSecs(), exp: nowSecs() + 60, iss: "bilbycast-edge", ...parts.claims };
  const signed = `${encode(parts.header ?? { alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  const signature = createHmac(parts.hash ?? "sha256", parts.secret ?? JWT_SECRET).update(signed);
  return `${signed}.${signature.digest("base64url")}`;
};
