import { secretFields } from "@bilbycast/contracts/config";
import type { Declaration } from "@bilbycast/engine/transport/declare";

/** Secrets that are no field of a transport: credentials of the edge itself, and headers that carry such. Lower case. */
const OWN_SECRETS = [
  "access_token",
  "authorization",
  "auth_token",
  "bearer_token",
  "client_secret",
  "cookie",
  "jwt_secret",
  "manager_node_secret",
  "manager_registration_token",
  "node_secret",
  "passphrase",
  "password",
  "psk",
  "registration_token",
  "setup_token",
  "stream_key",
  "tls_key_pem",
  "tunnel_bind_secret",
  "tunnel_encryption_key",
  "tunnel_psk",
] as const;

/** Names of every field that is shown to administrators alone and never logged: those that the declarations mark, and the edge's own. */
export const secretNames = (declarations: readonly Declaration[]): ReadonlySet<string> =>
  new Set([
    ...OWN_SECRETS,
    ...secretFields(declarations).flatMap(({ path }) => path.findLast((step) => step !== "*")?.toLowerCase() ?? []),
  ]);
