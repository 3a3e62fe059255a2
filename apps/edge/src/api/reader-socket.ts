import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import { authOf } from "../auth/auth-settings.ts";
import { admit } from "../auth/caller.ts";
import type { ApiContext } from "./context.ts";
import { plainAnswer } from "./http-options.ts";
import { assertOrigin, assertSameOrigin } from "./origin-guard.ts";

export type ReaderSocketOptions = {
  context: Pick<ApiContext, "store">;
  path: string;
  /** The subprotocol that a reader offers beside its token. */
  word: string;
  /** Readers at a time. */
  readers: number;
  /** Bytes of the largest message that a reader may send. */
  messageBytes: number;
  onAdd(reader: Reader): void;
  onMessage?(reader: Reader, text: string): void;
  onRemove?(reader: Reader): void;
};

/** RFC 6455 §7.4.1: the reader breaks a rule. Ours: its token has ended, or it reads too slowly. */
const POLICY_VIOLATION = 1008;
/** Messages that one may say in a second; who says more is cut off. */
const MOST_SAID = 20;

/** Somebody at the other end of a WebSocket. `headers` are those that it asked with: who may read is asked again and again. */
export class Reader {
  readonly socket: WebSocket;
  readonly headers: IncomingHttpHeaders;
  isAlive = true;
  /** Messages since the last look. */
  said = 0;

  constructor(socket: WebSocket, headers: IncomingHttpHeaders) {
    this.socket = socket;
    this.headers = headers;
  }
}

/** Readers of one stream that the edge tells over WebSocket: who may read is let in, as many as there are places for. */
export class ReaderSocket {
  readonly readers = new Set<Reader>();
  readonly path: string;
  readonly #options: ReaderSocketOptions;
  readonly #server: WebSocketServer;

  constructor(options: ReaderSocketOptions) {
    this.#options = options;
    this.path = options.path;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.messageBytes,
      // A browser gives up unless one of the names that it offered is taken; the token stays out of the answer where it can.
      handleProtocols: (offered) => (offered.has(options.word) ? options.word : ([...offered][0] ?? false)),
    });
  }

  /** Takes over an upgrade of this path. Throws the Fault that keeps whoever asks out. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.readers.size >= this.#options.readers) {
      throw new Fault("websocket_limit", `${this.#options.readers} connections are open already`);
    }
    this.#assertReader(request.headers);
    this.#server.handleUpgrade(request, socket, head, (accepted) => this.#add(accepted, request.headers));
  }

  /** False when the reader may read no more, and is told so; its token has ended, or it needs one by now. */
  mayRead(reader: Reader): boolean {
    try {
      this.#assertReader(reader.headers);
      return true;
    } catch (error) {
      reader.socket.close(POLICY_VIOLATION, isFault(error) ? error.code : "internal");
      return false;
    }
  }

  /** Asks whether it is still there; false when it did not answer the last time, and is cut off. */
  ask(reader: Reader): boolean {
    if (!reader.isAlive) {
      reader.socket.terminate();
      return false;
    }
    reader.isAlive = false;
    reader.socket.ping();
    return true;
  }

  /** Says goodbye to every reader, and waits for none. */
  close(): void {
    for (const { socket } of this.readers) {
      socket.close(1001, "the edge stops");
      socket.terminate();
    }
    this.#server.close();
  }

  /** Throws the Fault that keeps whoever asks with these headers from reading now. */
  #assertReader(headers: IncomingHttpHeaders): void {
    const { server } = this.#options.context.store.config;
    const auth = authOf(server);
    if (auth === "open") {
      assertOrigin(headers, server.allowed_hosts ?? []);
    } else {
      assertSameOrigin(headers);
    }
    admit(headers, "any", auth, Date.now() / 1_000);
  }

  #add(socket: WebSocket, headers: IncomingHttpHeaders): void {
    const reader = new Reader(socket, headers);
    const options = this.#options;
    this.readers.add(reader);
    socket.on("pong", () => (reader.isAlive = true));
    socket.on("error", () => socket.terminate());
    socket.once("close", () => {
      this.readers.delete(reader);
      options.onRemove?.(reader);
    });
    socket.on("message", (data: Buffer, isBinary) => {
      reader.said += 1;
      if (reader.said > MOST_SAID) {
        socket.terminate();
      } else if (!isBinary) {
        options.onMessage?.(reader, data.toString());
      }
    });
    options.onAdd(reader);
  }
}

/** Takes over the upgrades of a server: each path has its socket. */
export const serveSockets = (server: Server, sockets: readonly ReaderSocket[]): void => {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    try {
      const path = request.url?.split("?")[0] ?? "";
      const found = sockets.find((candidate) => candidate.path === path);
      if (found === undefined) {
        throw new Fault("route_not_found", `There is no WebSocket at ${path}; ${sockets.map((one) => one.path).join(" and ")} are`);
      }
      found.upgrade(request, socket, head);
    } catch (error) {
      refuse(socket, isFault(error) ? error : new Fault("internal", "The edge failed to answer"));
    }
  });
};

const refuse = (socket: Duplex, fault: Fault): void => {
  socket.end(plainAnswer(fault));
  // One who keeps his half open is not waited for.
  void once(socket, "finish").then(
    () => socket.destroy(),
    () => undefined,
  );
};
