import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { failureSchema, type FlowStats } from "@bilbycast/contracts/edge-api";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import { authOf } from "../auth/auth-settings.ts";
import { admit } from "../auth/caller.ts";
import type { Api, ApiContext } from "./context.ts";
import { plainAnswer } from "./http-options.ts";
import { assertOrigin, assertSameOrigin } from "./origin-guard.ts";

/** Where the statistics come as a stream. */
export const STATS_SOCKET_PATH = "/api/v1/ws/stats";

/** Describes the stream, and answers who asks for it without WebSocket. */
export const socketRoutes = (api: Api): void => {
  api.get(
    STATS_SOCKET_PATH,
    {
      schema: {
        tags: ["status"],
        summary: "Statistics of all flows about once a second, over WebSocket",
        description:
          "Each message is a JSON array of FlowStats. The token goes into the header Authorization or, from a browser, into the " +
          "subprotocols stats and bearer.<token>; never into the URL.",
        response: { "4xx": failureSchema },
      },
    },
    () => {
      throw new Fault("websocket_expected", "This path speaks WebSocket: send Upgrade: websocket");
    },
  );
};

export type StatsSocketOptions = {
  context: Pick<ApiContext, "store">;
  stats: () => FlowStats[];
  /** Milliseconds between two messages. */
  interval?: number;
  /** Bytes that wait for a reader before it is cut off. */
  queueBytes?: number;
  /** Readers at a time. */
  readers?: number;
};

const INTERVAL = 1_000;
const QUEUE_BYTES = 4_194_304;
const READERS = 64;
/** Bytes of the largest message that a reader may send; it has nothing to say. */
const MESSAGE_BYTES = 1_024;
/** Messages between two questions whether a reader is still there. */
const PING_EVERY = 15;

/** RFC 6455 §7.4.1: the reader breaks a rule. Ours: its token has ended, or it reads too slowly. */
const POLICY_VIOLATION = 1008;

/** `headers` are those that it asked with: who may read is asked again with each message. */
type Reader = { socket: WebSocket; headers: IncomingHttpHeaders; isAlive: boolean };

/**
 * Statistics of all flows as a JSON array, about once a second, to whoever may read them. One text serves all readers. One that
 * does not read, does not answer or whose token has ended is cut off, and nobody else notices.
 */
export class StatsSocket {
  readonly #options: Required<StatsSocketOptions>;
  readonly #server: WebSocketServer;
  readonly #readers = new Set<Reader>();
  readonly #timer: NodeJS.Timeout;
  #round = 0;
  /** Readers that were cut off because they did not read. */
  cutOff = 0;

  constructor(options: StatsSocketOptions) {
    this.#options = { interval: INTERVAL, queueBytes: QUEUE_BYTES, readers: READERS, ...options };
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MESSAGE_BYTES,
      // A browser gives up unless one of the names that it offered is taken; the token stays out of the answer where it can.
      handleProtocols: (offered) => (offered.has("stats") ? "stats" : ([...offered][0] ?? false)),
    });
    this.#timer = setInterval(() => this.#send(), this.#options.interval);
    this.#timer.unref();
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Takes over the upgrades of a server. */
  serve(server: Server): void {
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      try {
        this.#assertPlace(request);
        this.#assertReader(request.headers);
        this.#server.handleUpgrade(request, socket, head, (accepted) => this.#add(accepted, request.headers));
      } catch (error) {
        refuse(socket, isFault(error) ? error : new Fault("internal", "The edge failed to answer"));
      }
    });
  }

  /** Says goodbye to every reader, and waits for none. */
  close(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#readers) {
      socket.close(1001, "the edge stops");
      socket.terminate();
    }
    this.#server.close();
  }

  /** Throws `route_not_found`, `websocket_limit`. */
  #assertPlace({ url }: IncomingMessage): void {
    const path = url?.split("?")[0] ?? "";
    if (path !== STATS_SOCKET_PATH) {
      throw new Fault("route_not_found", `There is no WebSocket at ${path}; ${STATS_SOCKET_PATH} is one`);
    }
    if (this.#readers.size >= this.#options.readers) {
      throw new Fault("websocket_limit", `${this.#options.readers} connections are open already`);
    }
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
    const reader: Reader = { socket, headers, isAlive: true };
    this.#readers.add(reader);
    socket.on("pong", () => (reader.isAlive = true));
    socket.on("error", () => socket.terminate());
    socket.once("close", () => this.#readers.delete(reader));
    socket.send(JSON.stringify(this.#options.stats()));
  }

  #send(): void {
    if (this.#readers.size === 0) {
      return;
    }
    this.#round += 1;
    const text = JSON.stringify(this.#options.stats());
    for (const reader of this.#readers) {
      this.#serve(reader, text);
    }
  }

  /** The code with which a reader is sent away: its token has ended, or it needs one by now. */
  #refusalOf({ headers }: Reader): string | undefined {
    try {
      this.#assertReader(headers);
      return undefined;
    } catch (error) {
      return isFault(error) ? error.code : "internal";
    }
  }

  #serve(reader: Reader, text: string): void {
    const { socket } = reader;
    const refusal = this.#refusalOf(reader);
    if (refusal !== undefined) {
      socket.close(POLICY_VIOLATION, refusal);
      return;
    }
    if (socket.bufferedAmount > this.#options.queueBytes) {
      this.cutOff += 1;
      socket.terminate();
      return;
    }
    if (this.#round % PING_EVERY === 0) {
      if (!reader.isAlive) {
        socket.terminate();
        return;
      }
      reader.isAlive = false;
      socket.ping();
    }
    socket.send(text);
  }
}

const refuse = (socket: Duplex, fault: Fault): void => {
  socket.end(plainAnswer(fault));
  // One who keeps his half open is not waited for.
  void once(socket, "finish").then(
    () => socket.destroy(),
    () => undefined,
  );
};
