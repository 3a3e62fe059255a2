import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { certificate, type Certificate, type CertificateKind } from "./certificates.ts";
import { ManagerSession } from "./manager-session.ts";

/** Bytes of the largest frame that a manager takes of a node. */
const FRAME_BYTES = 5 * 1024 * 1024;

/** The manager's end of the node link on a port of its own, with TLS: it does what a test says, and nothing else. */
export class ScriptedManager {
  readonly certificate: Certificate;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #sessions: ManagerSession[] = [];
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  private constructor(certificate: Certificate, server: Server) {
    this.certificate = certificate;
    this.#server = server;
    this.#sockets = new WebSocketServer({ server, maxPayload: FRAME_BYTES, perMessageDeflate: false });
    this.#sockets.on("connection", (socket, request) => {
      this.#sessions.push(new ManagerSession(socket, request.socket, request.url ?? ""));
      for (const resolve of this.#waiting) {
        resolve();
      }
      this.#waiting.clear();
    });
    server.on("tlsClientError", () => undefined);
  }

  /** `port`: that of a manager which was closed; 0 for any. */
  static async open(kind: CertificateKind = "signed", port = 0): Promise<ScriptedManager> {
    const shown = certificate(kind);
    const server = createServer({ key: shown.key, cert: shown.cert });
    const manager = new ScriptedManager(shown, server);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return manager;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `wss://localhost:${this.port}/ws/node`;
  }

  /** Connections so far. */
  get count(): number {
    return this.#sessions.length;
  }

  /** The next connection that was not asked for yet. */
  async session(): Promise<ManagerSession> {
    const index = this.#taken;
    this.#taken += 1;
    for (;;) {
      const found = this.#sessions[index];
      if (found !== undefined) {
        return found;
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Ends every connection, and the port. */
  async close(): Promise<void> {
    this.#sessions.forEach((session) => session.kill());
    this.#sockets.close();
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) {
      await once(this.#server, "close");
    }
  }
}
