import type { Server } from "node:http";
import { failureSchema, type FlowStats } from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import type { Api, ApiContext } from "./context.ts";
import { ReaderSocket, serveSockets, type Reader } from "./reader-socket.ts";

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

/**
 * Statistics of all flows as a JSON array, about once a second, to whoever may read them. One text serves all readers. One that
 * does not read, does not answer or whose token has ended is cut off, and nobody else notices.
 */
export class StatsSocket {
  readonly socket: ReaderSocket;
  readonly #options: Required<StatsSocketOptions>;
  readonly #timer: NodeJS.Timeout;
  #round = 0;
  /** Readers that were cut off because they did not read. */
  cutOff = 0;

  constructor(options: StatsSocketOptions) {
    this.#options = { interval: INTERVAL, queueBytes: QUEUE_BYTES, readers: READERS, ...options };
    this.socket = new ReaderSocket({
      context: options.context,
      path: STATS_SOCKET_PATH,
      word: "stats",
      readers: this.#options.readers,
      messageBytes: MESSAGE_BYTES,
      onAdd: ({ socket }) => socket.send(JSON.stringify(this.#options.stats())),
    });
    this.#timer = setInterval(() => this.#send(), this.#options.interval);
    this.#timer.unref();
  }

  get readers(): number {
    return this.socket.readers.size;
  }

  /** Takes over the upgrades of a server. */
  serve(server: Server): void {
    serveSockets(server, [this.socket]);
  }

  close(): void {
    clearInterval(this.#timer);
    this.socket.close();
  }

  #send(): void {
    if (this.readers === 0) {
      return;
    }
    this.#round += 1;
    const text = JSON.stringify(this.#options.stats());
    for (const reader of this.socket.readers) {
      this.#serve(reader, text);
    }
  }

  #serve(reader: Reader, text: string): void {
    const { socket } = reader;
    reader.said = 0;
    if (!this.socket.mayRead(reader)) {
      return;
    }
    if (socket.bufferedAmount > this.#options.queueBytes) {
      this.cutOff += 1;
      socket.terminate();
      return;
    }
    if (this.#round % PING_EVERY !== 0 || this.socket.ask(reader)) {
      socket.send(text);
    }
  }
}
