import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@bilbycast/foundation/fault";
import { Client, escapeIdentifier, type Notification } from "pg";
import { INLINE, STORED, type Channel } from "./channel.ts";
import type { ConnectionTarget } from "./connection-target.ts";
import { clientConfig, connectFault } from "./pool.ts";
import { queryFault } from "./query-fault.ts";

/** Why notifications may have been missed. */
export type Gap = "reconnected" | "overflow" | "payload_gone" | "unreadable";

export type ListenerOptions = {
  /** Something may have been missed: read anew what the notifications are about. What comes from now on is not missed. */
  onGap: (gap: Gap) => void;
  /** A handler threw. */
  onError?: (message: string) => void;
};

type Handler = (value: unknown) => boolean;

/** Between two looks at a connection on which nothing comes: a peer that vanished says nothing either. */
const HEARTBEAT_MS = 10_000;
const ANSWER_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** Notifications that wait for one whose payload is being read. */
const WAITING_MAX = 10_000;

/**
 * Hears what instances publish, in the order of their commits. It has a connection of its own, since a pool's are
 * anybody's, and makes a new one when that breaks; between the two it is deaf, which `onGap` tells.
 */
export class Listener {
  readonly #target: ConnectionTarget;
  readonly #options: ListenerOptions;
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #waiting: Notification[] = [];
  #client: Client | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  private constructor(target: ConnectionTarget, options: ListenerOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Resolves when it is connected; from then on it stays so by itself. */
  static async open(target: ConnectionTarget, options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(target, options);
    try {
      await listener.#connect();
    } catch (error) {
      throw connectFault(queryFault(error));
    }
    return listener;
  }

  /** Calls the handler for each payload; resolves when it hears, with what ends it. */
  async on<Payload>(from: Channel<Payload>, handle: (payload: Payload) => void): Promise<() => void> {
    const handler: Handler = (value) => {
      const payload = from.read(value);
      if (payload !== undefined) {
        handle(payload);
      }
      return payload !== undefined;
    };
    const handlers = this.#handlers.get(from.name) ?? new Set();
    handlers.add(handler);
    this.#handlers.set(from.name, handlers);
    // Deaf at the moment: the next connection listens to all there are.
    const client = this.#client;
    await client?.query(`listen ${escapeIdentifier(from.name)}`).catch(() => this.#lose(client));
    return () => handlers.delete(handler);
  }

  /** Whether it is connected now. */
  get isHearing(): boolean {
    return this.#client !== undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
    await this.#working;
  }

  async #connect(): Promise<void> {
    const client = new Client({ ...clientConfig(this.#target, "listener"), query_timeout: ANSWER_MS });
    // Until it is ours a broken connection speaks to the statement that meets it.
    client.on("error", () => undefined);
    try {
      await client.connect();
      for (const name of this.#handlers.keys()) {
        await client.query(`listen ${escapeIdentifier(name)}`);
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    if (this.#closed) {
      await client.end();
      return;
    }
    this.#client = client;
    const lose = (): void => this.#lose(client);
    client.on("error", lose).on("end", lose);
    client.on("notification", (notification) => this.#take(notification));
    this.#heartbeat = setInterval(() => void client.query("select 1").catch(lose), HEARTBEAT_MS).unref();
  }

  #lose(client: Client): void {
    if (this.#client === client) {
      this.#client = undefined;
      clearInterval(this.#heartbeat);
      void client.end().catch(() => undefined);
      void this.#reconnect();
    }
  }

  async #reconnect(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#closed; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.#connect();
        this.#gap("reconnected");
        return;
      } catch {
        await sleep(pause, undefined, { ref: false });
      }
    }
  }

  #take(notification: Notification): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#waiting.length = 0;
      this.#gap("overflow");
      return;
    }
    this.#waiting.push(notification);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const text = await this.#textOf(next.payload ?? "");
      if (text === undefined) {
        this.#gap("payload_gone");
      } else {
        this.#deliver(next.channel, text);
      }
    }
  }

  /** `undefined` when the row is not there any more, or the connection to read it by. */
  async #textOf(message: string): Promise<string | undefined> {
    if (message.startsWith(INLINE)) {
      return message.slice(INLINE.length);
    }
    const id = message.startsWith(STORED) ? message.slice(STORED.length) : "0";
    try {
      const found = await this.#client?.query<{ payload: string }>("select payload from notification_payload where id = $1", [id]);
      return found?.rows[0]?.payload;
    } catch {
      return undefined;
    }
  }

  #deliver(name: string, text: string): void {
    const value = parsed(text);
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        if (!handler(value)) {
          this.#gap("unreadable");
        }
      } catch (error) {
        this.#options.onError?.(`a handler of ${name} failed: ${messageOf(error)}`);
      }
    }
  }

  #gap(gap: Gap): void {
    if (!this.#closed) {
      this.#options.onGap(gap);
    }
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
