import type { Socket } from "node:net";
import cookie from "@fastify/cookie";
import { boundConnections, isDeeperThan, JSON_DEPTH, SERVER_LIMITS, type ServerLimits } from "@bilbycast/service/http";
import type { Identity } from "@bilbycast/service/tls";
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from "fastify";
import { answerOf, refusal } from "./faults.ts";
import { ANSWER_HEADERS, hardenAnswers } from "./security-headers.ts";

export type HttpOptions = {
  readonly log: FastifyBaseLogger;
  /** undefined: a proxy speaks TLS before it. */
  readonly identity: Identity | undefined;
  readonly limits?: ServerLimits;
};

/** Bytes of the largest body of a route that says nothing else. */
const BODY_LIMIT = 65_536;
const HANDSHAKE_TIMEOUT = 10_000;

/** Connections of a manager: each browser has a few, each node one. */
const LIMITS: ServerLimits = { ...SERVER_LIMITS, connections: 8_192 };

/** The HTTP server without any route. */
export const httpServer = async ({ log, identity, limits = LIMITS }: HttpOptions): Promise<FastifyInstance> => {
  const timing = { connectionsCheckingInterval: limits.checkInterval, headersTimeout: limits.headersTimeout };
  const server = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    forceCloseConnections: true,
    clientErrorHandler: refuseConnection,
    frameworkErrors: refuseAddress,
    routerOptions: { maxParamLength: 256 },
    return503OnClosing: true,
    ...(identity === undefined
      ? { http: timing }
      : { https: { ...timing, ...identity, minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_TIMEOUT } }),
  } as Parameters<typeof fastify>[0]) as unknown as FastifyInstance;
  boundConnections(server.server, limits);
  // Whatever is no JSON is refused by its type, before anybody reads it: a page of another site can send plain text without asking.
  server.removeContentTypeParser("text/plain");
  await server.register(cookie);
  answerErrors(server);
  hardenAnswers(server, identity !== undefined);
  server.addHook("preValidation", async ({ body }) => {
    if (isDeeperThan(body, JSON_DEPTH)) {
      throw refusal("request_malformed", `The body must not have more than ${JSON_DEPTH} objects and lists in each other`);
    }
  });
  // What routes take and answer is read and written by themselves, in their own order.
  server.setValidatorCompiler(() => (value: unknown) => ({ value }));
  server.setSerializerCompiler(() => (value: unknown) => JSON.stringify(value));
  return server;
};

/** An address that is none, or has a part that is too long, reaches no route, and no hook. */
const refuseAddress = (_error: unknown, _request: unknown, reply: FastifyReply): void => {
  const { status, body } = answerOf(
    refusal("request_malformed", "The address is not encoded as addresses are, or a part of it is longer than any"),
  );
  void reply.headers(ANSWER_HEADERS).code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
};

/** What is no HTTP, or came too slowly: nothing of it is known, so the answer has what it needs and no more. */
const refuseConnection = (error: Error & { code?: string }, socket: Socket): void => {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const isSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const { body } = answerOf(
    isSlow
      ? refusal("request_timeout", "The request was not complete in time")
      : refusal("request_malformed", "This is no request that the server understands"),
  );
  const text = JSON.stringify(body);
  const status = isSlow
    ? "408 Request Timeout"
    : error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : "400 Bad Request";
  const headers = {
    ...ANSWER_HEADERS,
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(text)),
    Connection: "close",
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status}\r\n${head.join("\r\n")}\r\n\r\n${text}`);
};

const answerErrors = (server: FastifyInstance): void => {
  server.setErrorHandler((error, request, reply) => {
    const { status, body } = answerOf(requestFault(error));
    if (status >= 500) {
      // A node that is away or does not answer is no fault of ours.
      const level = status === 500 ? "error" : "warn";
      request.log[level]({ err: error, route: request.routeOptions.url, method: request.method }, "a request failed");
    }
    const wait = body.details?.["retry_after_seconds"];
    if (typeof wait === "number") {
      void reply.header("Retry-After", String(wait));
    }
    if (status === 401) {
      void reply.header("WWW-Authenticate", "Bearer");
    }
    return reply.code(status).send(body);
  });
  server.setNotFoundHandler((request, reply) => {
    const { status, body } = answerOf(
      refusal("route_not_found", `There is no ${request.method} ${(request.url.split("?")[0] ?? "").slice(0, 200)}`),
    );
    return reply.code(status).send(body);
  });
};

/** What the framework refuses, in our words. */
const requestFault = (error: unknown): unknown => {
  const { code = "", statusCode = 500 } = error as { code?: string; statusCode?: number };
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return refusal("request_too_large", "The body is larger than this route takes");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_INVALID_CONTENT_TYPE":
      return refusal("request_media_type", "The body must be application/json");
    case "ECONNRESET":
      // Whoever asked has gone: nobody reads this, and it is no fault of ours.
      return refusal("request_malformed", "The request ended before it was whole");
    default:
      return code.startsWith("FST_ERR") && statusCode < 500
        ? refusal("request_malformed", "The body is not JSON, or is empty where JSON was said to be")
        : error;
  }
};
