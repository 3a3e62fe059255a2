import { z } from "zod";
import { SOFTWARE_VERSION_MAX, TOKEN_LENGTH_MAX } from "./limits.ts";

const credential = () => z.string().min(1).max(TOKEN_LENGTH_MAX);

const versions = {
  software_version: z.string().max(SOFTWARE_VERSION_MAX),
  protocol_version: z.int().nonnegative(),
  device_type: z.string().min(1).max(64).optional().describe("Said by gateways and relays; an edge leaves it out."),
};

/** The first frame of a connection: by the token, once, or by what that brought. Nothing of it is ever in an address or a header. */
export const authByToken = z.strictObject({ registration_token: credential(), ...versions });
export const authBySecret = z.strictObject({ node_id: credential(), node_secret: credential(), ...versions });

/** As it is read: where a token is present it counts. */
export const authReceived = z.union([
  z.looseObject({
    ...versions,
    registration_token: credential(),
    software_version: z.string().optional(),
    protocol_version: z.number().default(1),
  }),
  z.looseObject({
    ...versions,
    node_id: credential(),
    node_secret: credential(),
    software_version: z.string().optional(),
    protocol_version: z.number().default(1),
  }),
]);

/** The answer to a token: the node keeps both at once, and forgets the token. */
export const registerAck = z.strictObject({ node_id: credential(), node_secret: credential() });
export const registerAckReceived = z.looseObject(registerAck.shape);

/** Why a manager lets a node not in, with the sentence that it says. */
export const AUTH_ERRORS = {
  registration_token_invalid: "invalid registration token",
  node_unknown: "node not registered",
  node_secret_invalid: "invalid node secret",
  node_expired: "node has expired",
  too_many_attempts: "too many failed attempts",
  auth_timeout: "auth timeout",
  auth_expected: "first message must be auth",
} as const satisfies Record<string, string>;

/** `auth_refused`: a sentence of its own. */
export type AuthErrorCode = keyof typeof AUTH_ERRORS | "auth_refused";

/** The sentence stands in the payload, and at the top, where older nodes look. */
export const authError = z.strictObject({
  type: z.literal("auth_error"),
  timestamp: z.iso.datetime(),
  message: z.string(),
  payload: z.strictObject({ error: z.string(), error_code: z.string() }),
});

export const authErrorReceived = z
  .looseObject({
    type: z.literal("auth_error"),
    timestamp: z.unknown().optional(),
    message: z.unknown().optional(),
    payload: z.unknown().optional(),
  })
  .transform(({ type, message, payload }) => {
    const inside = typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {};
    const texts = [inside["error"], inside["message"], message, payload];
    const text = (texts.find((candidate) => typeof candidate === "string") ?? "").slice(0, 1_000);
    return { type, payload: { error: text, error_code: codeOf(inside["error_code"], text) } };
  });

const codeOf = (said: unknown, text: string): AuthErrorCode => {
  const codes = Object.keys(AUTH_ERRORS) as (keyof typeof AUTH_ERRORS)[];
  const lower = text.toLowerCase();
  return codes.find((code) => code === said) ?? codes.find((code) => lower.includes(AUTH_ERRORS[code])) ?? "auth_refused";
};
