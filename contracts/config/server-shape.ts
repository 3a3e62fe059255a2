import { z } from "zod";
import { ipAddress, secret } from "@bilbycast/engine/transport/declare";

/** Certificate and key of the API, as files. */
export const tlsSchema = z.looseObject({
  cert_path: z.string().min(1).describe("PEM file of the certificate, with its chain."),
  key_path: z.string().min(1).describe("PEM file of the private key."),
});

/** What a client may do: everything, or read what is no credential. */
export const ROLES = ["admin", "monitor"] as const;

export const authClientSchema = z.looseObject({
  client_id: z.string().min(1).max(256).describe("Unique among the clients."),
  client_secret: secret(z.string().min(1).max(1_024)).describe("What the client shows for a token."),
  role: z.enum(ROLES).describe("admin: everything. monitor: reading, without credentials."),
});

/** The least that a signing secret must have, in characters. */
export const JWT_SECRET_LENGTH = 32;

export const authSchema = z.looseObject({
  enabled: z.boolean().describe("False leaves every route open."),
  jwt_secret: secret(z.string().min(JWT_SECRET_LENGTH).max(4_096))
    .optional()
    .describe("Signs the tokens (HMAC-SHA256); 32 characters or more. Required when enabled."),
  token_lifetime_secs: z.int().min(1).max(31_536_000).default(3_600).describe("Seconds that a token is good for."),
  public_metrics: z.boolean().default(true).describe("/metrics and /health answer without a token."),
  token_rate_limit_per_minute: z.int().min(1).max(100_000).optional().describe("Tokens that one address may ask for in a minute."),
  clients: z.array(authClientSchema).max(1_000).default([]).describe("At least one when enabled."),
});

export const serverSchema = z.looseObject({
  listen_addr: ipAddress().default("127.0.0.1").describe("Local address of the REST API; 0.0.0.0 for all."),
  listen_port: z.int().min(1).max(65_535).default(8080).describe("TCP port of the REST API."),
  allowed_hosts: z
    .array(z.string().min(1).max(255))
    .max(64)
    .optional()
    .describe("Names besides IP addresses, localhost and the machine's own under which the API may be called."),
  tls: tlsSchema.optional().describe("Serves HTTPS instead of HTTP."),
  auth: authSchema.optional().describe("OAuth 2.0 client credentials and JWT; without it the API asks for nothing."),
});

export const monitorSchema = z.looseObject({
  listen_addr: ipAddress().describe("Local address of the monitor page."),
  listen_port: z.int().min(1).max(65_535).describe("TCP port of the monitor page; another than the API's on the same address."),
});

const FINGERPRINT = /^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/i;

export const managerSchema = z.looseObject({
  enabled: z.boolean().default(false).describe("Connects to the manager."),
  urls: z
    .array(
      z
        .string()
        .max(2_048)
        .refine((text) => /^wss:\/\/[^\s/]/.test(text) && URL.canParse(text), {
          error: "must be a WebSocket address with TLS like wss://manager.example.com:8443/ws/node",
        }),
    )
    .max(16)
    .default([])
    .describe("1 to 16 addresses of the manager, tried in this order; required when enabled."),
  accept_self_signed_cert: z.boolean().default(false).describe("Needs BILBYCAST_ALLOW_INSECURE=1 in the environment."),
  cert_fingerprint: z
    .string()
    .regex(FINGERPRINT, { error: "must be a SHA-256 fingerprint: 32 pairs of hexadecimal digits with colons between them" })
    .optional()
    .describe("SHA-256 of the only certificate that is accepted."),
  registration_token: secret(z.string().min(1).max(4_096)).optional().describe("Used once, at the first connection."),
  enrolled_by: z.string().max(64).optional().describe("Which token of the environment the node has registered by; made by the node."),
  node_id: z.string().min(1).max(256).optional().describe("Given by the manager."),
  node_secret: secret(z.string().min(1).max(4_096)).optional().describe("Given by the manager."),
});

const percent = (): z.ZodNumber => z.number().min(0).max(100);

/** What to do while a resource is critical: tell, or refuse new flows as well. */
export const CRITICAL_ACTIONS = ["alarm", "gate_flows"] as const;

export const resourceLimitsSchema = z.looseObject({
  cpu_warning_percent: percent().default(80),
  cpu_critical_percent: percent().default(95),
  ram_warning_percent: percent().default(80),
  ram_critical_percent: percent().default(95),
  critical_action: z.enum(CRITICAL_ACTIONS).default("alarm").describe("gate_flows refuses new flows while a resource is critical."),
  grace_period_secs: z.int().min(0).max(3_600).default(10).describe("Seconds that a limit must be exceeded before it is told."),
});

export type Tls = z.output<typeof tlsSchema>;
export type Auth = z.output<typeof authSchema>;
export type AuthClient = z.output<typeof authClientSchema>;
export type Role = (typeof ROLES)[number];
export type Server = z.output<typeof serverSchema>;
export type Monitor = z.output<typeof monitorSchema>;
export type Manager = z.output<typeof managerSchema>;
export type ResourceLimits = z.output<typeof resourceLimitsSchema>;
