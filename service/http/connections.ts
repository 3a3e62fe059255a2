import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Bounds of what callers may hold open. Times in milliseconds. */
export type ServerLimits = {
  /** From the connection, or the end of the former request, to the end of the headers. */
  headersTimeout: number;
  /** From there to the end of the body. */
  requestTimeout: number;
  /** How often both are looked at. */
  checkInterval: number;
  keepAliveTimeout: number;
  /** Connections at a time; a new one takes the place of the one that has waited longest without a request. */
  connections: number;
};

/** Of every port of the edge. */
export const SERVER_LIMITS: ServerLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  checkInterval: 1_000,
  keepAliveTimeout: 15_000,
  connections: 512,
};

/**
 * Keeps a server reachable and the process's file descriptors for its flows, however many connections somebody opens: when all
 * places are taken, the one that has been silent longest goes. Sockets of upgraded connections are bounded by who took them over.
 */
export const boundConnections = (server: Server, limits: ServerLimits): void => {
  const idle = new Map<string, Socket>();
  const busy = new Map<string, Socket>();
  // Above TLS another object speaks for the same connection; its addresses are the same.
  server.on("connection", (socket: Socket) => {
    const key = keyOf(socket);
    idle.set(key, socket);
    socket.once("close", () => {
      idle.delete(key);
      busy.delete(key);
    });
    const [longest] = idle.values();
    if (idle.size + busy.size > limits.connections) {
      longest?.destroy();
    }
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const key = keyOf(request.socket);
    const socket = idle.get(key);
    if (socket === undefined) {
      return;
    }
    idle.delete(key);
    busy.set(key, socket);
    response.once("close", () => {
      if (busy.delete(key) && !socket.destroyed) {
        idle.set(key, socket);
      }
    });
  });
  server.on("upgrade", (request: IncomingMessage) => idle.delete(keyOf(request.socket)));
};

const keyOf = (socket: Socket): string => `${socket.remoteAddress ?? ""} ${socket.remotePort ?? 0}`;
