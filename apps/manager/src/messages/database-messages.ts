import { channel as named, publish } from "../database/channel.ts";
import type { Database } from "../database/database.ts";
import { Listener } from "../database/listener.ts";
import type { Queries, Transaction } from "../database/tables.ts";
import type { Log } from "../log.ts";
import type { Channel, Messages } from "./messages.ts";

/** Messages of instances by PostgreSQL's LISTEN and NOTIFY. */
export class DatabaseMessages implements Messages {
  readonly #database: Database;
  readonly #gapListeners: (() => void)[] = [];
  #listener: Listener | undefined;
  /** One statement at a time on its connection. */
  #listening: Promise<unknown> = Promise.resolve();

  private constructor(database: Database) {
    this.#database = database;
  }

  static async open(database: Database, log: Log): Promise<DatabaseMessages> {
    const messages = new DatabaseMessages(database);
    messages.#listener = await Listener.open(database.target, {
      onGap: (gap) => {
        log.warn({ gap }, "messages of other instances may have been missed; everything is read again");
        for (const hear of messages.#gapListeners) {
          hear();
        }
      },
      onError: (message) => log.error({ cause: message }, "a message of another instance could not be taken in"),
    });
    return messages;
  }

  async publish(within: Queries | Transaction, channel: Channel, message: unknown): Promise<void> {
    const to = named(channel, (value) => value);
    if (within.isTransaction) {
      await publish(within as Transaction, to, message);
      return;
    }
    await this.#database.transaction((tx) => publish(tx, to, message));
  }

  on(channel: Channel, hear: (message: unknown) => void): void {
    // Heard at once, or with the next connection: either way nobody waits for it.
    this.#listening = this.#listening.then(() =>
      this.#listener?.on(
        // Every message is whatever JSON it is; who hears it judges it.
        named(channel, (value) => (value === undefined ? undefined : { value })),
        ({ value }) => hear(value),
      ),
    );
  }

  onGap(hear: () => void): void {
    this.#gapListeners.push(hear);
  }

  get isHearing(): boolean {
    return this.#listener?.isHearing === true;
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }
}
