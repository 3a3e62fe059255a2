import { isSameSecret } from "@bilbycast/service/secrets";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { plainAddress } from "../settings/networks.ts";

export type ScrapeAccess = { readonly tokens: readonly string[]; readonly allowlist: readonly string[] };

/** Metrics for those who are named, and for nobody else: without a token or an address in the settings they are closed. */
export const metricsRoutes = (server: FastifyInstance, registry: Registry, access: ScrapeAccess): void => {
  for (const path of ["/metrics", "/api/v1/metrics"]) {
    server.get(path, async (request, reply) => {
      if (!mayScrape(request, access)) {
        return reply.code(401).header("WWW-Authenticate", "Bearer").send();
      }
      return reply
        .type(registry.contentType)
        .header("Cache-Control", "no-store")
        .send(await registry.metrics());
    });
  }
};

/** The peer itself counts, never what a header says of it. */
const mayScrape = ({ headers, raw }: FastifyRequest, { allowlist, tokens }: ScrapeAccess): boolean => {
  const given = /^Bearer ([^\s]+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
  // All are compared, so that the time tells nothing of which came close.
  const hasToken = tokens.filter((token) => isSameSecret(given, token)).length > 0;
  return hasToken || allowlist.includes(plainAddress(raw.socket.remoteAddress ?? ""));
};
