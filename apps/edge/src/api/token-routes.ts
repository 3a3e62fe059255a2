import { failureSchema, tokenAnswer, tokenBody } from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import { authOf, tokenRateOf, type AuthSettings } from "../auth/auth-settings.ts";
import { signToken } from "../auth/json-web-token.ts";
import { isSameSecret } from "@bilbycast/service/secrets";
import type { Api, ApiContext } from "./context.ts";

/** POST /oauth/token: a client's id and secret for a token. The one route that also takes a form, as OAuth clients send it. */
export const tokenRoutes = (api: Api, { store, tokenBuckets }: Pick<ApiContext, "store" | "tokenBuckets">): void => {
  api.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body.toString())));
  });
  api.post(
    "/oauth/token",
    {
      config: { access: "public" },
      schema: {
        tags: ["auth"],
        summary: "Exchange a client's id and secret for a token",
        body: tokenBody,
        response: { 200: tokenAnswer, "4xx": failureSchema, "5xx": failureSchema },
      },
      onRequest: async (request, reply) => {
        const auth = authOf(store.config.server);
        if (typeof auth === "object") {
          const wait = tokenBuckets.take(request.ip, tokenRateOf(auth), performance.now());
          if (wait > 0) {
            void reply.header("Retry-After", Math.ceil(wait / 1_000));
            throw new Fault("auth_rate_limited", `Ask again in ${Math.ceil(wait / 1_000)} s`);
          }
        }
      },
    },
    (request) => {
      const auth = authOf(store.config.server);
      if (typeof auth === "string") {
        throw new Fault("auth_not_enabled", "This edge gives no tokens: server.auth is not enabled");
      }
      const client = clientOf(auth, request.body.client_id, request.body.client_secret);
      if (client === undefined) {
        throw new Fault("auth_client_refused", "Unknown client_id or wrong client_secret");
      }
      const now = Math.floor(Date.now() / 1_000);
      const claims = { sub: client.client_id, role: client.role, iat: now, exp: now + auth.token_lifetime_secs };
      return {
        access_token: signToken(claims, auth.jwt_secret),
        token_type: "bearer" as const,
        expires_in: auth.token_lifetime_secs,
        role: client.role,
      };
    },
  );
};

/** Every client is compared in full, so that the time tells neither which id exists nor how much of a secret is right. */
const clientOf = (auth: AuthSettings, id: string, secret: string): AuthSettings["clients"][number] | undefined =>
  auth.clients.reduce<AuthSettings["clients"][number] | undefined>((found, client) => {
    const [isId, isSecret] = [isSameSecret(id, client.client_id), isSameSecret(secret, client.client_secret)];
    return isId && isSecret ? client : found;
  }, undefined);
