import type { FastifyInstance } from "fastify";

/** What pages of ours may load: what we serve, and nothing that stands in the page itself. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "report-uri /api/v1/csp-report",
].join("; ");

const TWO_YEARS = 63_072_000;

/** What stands in every answer, also in those that no route gives. */
export const ANSWER_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
  "Content-Security-Policy": CONTENT_POLICY,
} as const;

/** Headers of every answer. `isTls`: browsers are told to come over TLS from now on, which only who speaks it may say. */
export const hardenAnswers = (server: FastifyInstance, isTls: boolean): void => {
  server.addHook("onSend", async (request, reply) => {
    void reply.headers(ANSWER_HEADERS);
    if (isTls) {
      void reply.header("Strict-Transport-Security", `max-age=${TWO_YEARS}; includeSubDomains`);
    }
    if (request.url.startsWith("/api/") && !reply.hasHeader("Cache-Control")) {
      void reply.header("Cache-Control", "no-store");
    }
  });
};
