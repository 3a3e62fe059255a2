import { createHmac, timingSafeEqual } from "node:crypto";
import { isObject } from "@bilbycast/contracts/config";
import { ROLES, type Role } from "@bilbycast/contracts/edge-api";

/** What a token of this edge says. RFC 7519 §4.1; times are seconds since 1970. */
export type Claims = { sub: string; role: Role; iat: number; exp: number };

/** Who issues every token of an edge, and whose tokens an edge believes. */
const ISSUER = "bilbycast-edge";

/** Characters of the longest token that is looked at. */
const TOKEN_MAX = 4096;

/** A JWT signed with HMAC-SHA256. RFC 7515, RFC 7518 §3.2. */
export const signToken = (claims: Claims, secret: string): string => {
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ ...claims, iss: ISSUER })}`;
  return `${signed}.${signatureOf(signed, secret).toString("base64url")}`;
};

/**
 * The claims of a token that we signed and that holds at `nowSecs`. The algorithm is ours, not the header's: a header that says
 * anything else than HS256 and JWT is no token of ours, whatever its signature.
 */
export const readToken = (token: string, secret: string, nowSecs: number): Claims | "invalid" | "expired" => {
  const [header, payload, signature, more] = token.length > TOKEN_MAX ? [] : token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || more !== undefined) {
    return "invalid";
  }
  if (!isOurs(decode(header)) || !isSigned(`${header}.${payload}`, signature, secret)) {
    return "invalid";
  }
  const claims = readClaims(decode(payload));
  if (claims === undefined) {
    return "invalid";
  }
  return claims.exp > nowSecs ? claims : "expired";
};

const signatureOf = (signed: string, secret: string): Buffer => createHmac("sha256", secret).update(signed).digest();

const isSigned = (signed: string, signature: string, secret: string): boolean => {
  const expected = signatureOf(signed, secret);
  const given = Buffer.from(signature, "base64url");
  // The text is compared too: several spellings decode to the same bytes.
  return given.length === expected.length && timingSafeEqual(given, expected) && signature === expected.toString("base64url");
};

const isOurs = (header: Record<string, unknown> | undefined): boolean =>
  header !== undefined && header["alg"] === "HS256" && header["typ"] === "JWT" && Object.keys(header).length === 2;

const readClaims = (payload: Record<string, unknown> | undefined): Claims | undefined => {
  const { sub, iat, exp, iss, nbf } = payload ?? {};
  const role = ROLES.find((candidate) => candidate === payload?.["role"]);
  const isWhole = typeof sub === "string" && typeof iat === "number" && typeof exp === "number" && nbf === undefined;
  return isWhole && role !== undefined && iss === ISSUER ? { sub, role, iat, exp } : undefined;
};

const encode = (value: Readonly<Record<string, unknown>>): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const decode = (part: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
