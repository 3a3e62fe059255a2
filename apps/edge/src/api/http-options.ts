import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyServerOptions } from "fastify";
import { LogController } from "fastify";
import { Fault } from "@bilbycast/foundation/fault";
import { isDeeperThan, JSON_DEPTH, type ServerLimits } from "@bilbycast/service/http";
import { failureOf } from "./errors.ts";
import { statusOf } from "./fault-status.ts";
import type { Identity } from "@bilbycast/service/tls";

/** Bytes of the largest body that is read. */
const BODY_LIMIT = 1_048_576;

/** Milliseconds for a TLS handshake. */
const HANDSHAKE_TIMEOUT = 10_000;

/** What every port of the edge is opened with; `identity` makes it HTTPS. */
export const httpOptions = (log: FastifyBaseLogger, limits: ServerLimits, identity: Identity | undefined): FastifyServerOptions => {
  const timing = { connectionsCheckingInterval: limits.checkInterval, headersTimeout: limits.headersTimeout, shouldUpgradeCallback };
  const own: Record<string, unknown> =
    identity === undefined
      ? { http: timing }
      : { https: { ...timing, ...identity, minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_TIMEOUT } };
  return {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 256 },
    return503OnClosing: true,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, _request, reply) => {
      const fault = new Fault("request_malformed", error.message);
      void (reply as unknown as FastifyReply).code(statusOf(fault.code)).send(failureOf(fault));
    },
    ...own,
  };
};

/** A client that offers HTTP/2 with every request is answered in HTTP/1.1, as RFC 9110 §7.8 lets us. */
const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === "websocket";

/** Answers what never became a request, in the form of every other failure, and ends the connection. */
const refuseConnection = (error: Error & { code?: string }, socket: Socket): void => {
  const fault =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? new Fault("request_timeout", "The request was not complete in time")
      : new Fault("request_malformed", "This is no HTTP request, or its headers are too large");
  if (socket.writable && error.code !== "ECONNRESET") {
    socket.write(plainAnswer(fault));
  }
  socket.destroy(error);
};

/** An HTTP answer as text, for connections that no server speaks for. */
export const plainAnswer = (fault: Fault): string => {
  const status = statusOf(fault.code);
  const body = JSON.stringify(failureOf(fault));
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
};

/** Headers of every answer: nothing here is for a cache, a frame or a guess at its type. */
export const hardenAnswers = (server: FastifyInstance): void => {
  server.addHook("onSend", async (_request, reply) => {
    void reply.header("X-Content-Type-Options", "nosniff").header("Cache-Control", "no-store").header("Referrer-Policy", "no-referrer");
  });
};

/** Refuses a body that nothing could walk through, before anything does. */
export const boundBodies = (server: FastifyInstance): void => {
  server.addHook("preValidation", async ({ body }) => {
    if (isDeeperThan(body, JSON_DEPTH)) {
      throw new Fault("request_malformed", `The body must not have more than ${JSON_DEPTH} objects and lists in each other`);
    }
  });
};
