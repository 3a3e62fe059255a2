import { z } from "zod";

/** From the role that may only read to the one that may change everything. */
export const ROLES = ["monitor", "admin"] as const;

/** POST oauth/token: OAuth 2.0 client credentials, RFC 6749 §4.4; JSON or form. */
export const tokenBody = z.looseObject({
  grant_type: z.literal("client_credentials", { error: "must be client_credentials" }),
  client_id: z.string().min(1).max(256).describe("One of server.auth.clients."),
  client_secret: z.string().min(1).max(4096),
});

/** Bare, without the envelope, as RFC 6749 §5.1 wants it. */
export const tokenAnswer = z
  .object({
    access_token: z.string().describe("Goes into the header Authorization: Bearer."),
    token_type: z.literal("bearer"),
    expires_in: z.int().positive().describe("Seconds."),
    role: z.enum(ROLES),
  })
  .meta({ id: "Token" });

export type Role = (typeof ROLES)[number];
