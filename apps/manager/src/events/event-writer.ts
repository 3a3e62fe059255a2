import { isFault } from "@bilbycast/foundation/fault";
import type { Log } from "../log.ts";
import type { EventDraft } from "./event-draft.ts";
import { ownDraft } from "./event-draft.ts";
import { EventQueue, QUEUE_BOUNDS, type QueueBounds } from "./event-queue.ts";

/** Milliseconds that an event waits for others, and how many go in one transaction. */
const GATHER = 200;
const BATCH = 500;
/** Milliseconds between attempts while the database does not take them. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5_000;
/** Attempts at a batch that the database refuses for what is in it, before it goes in pieces. */
const PATIENCE = 3;
/** Milliseconds that a stop waits for the rest. */
const LAST_WORDS = 3_000;

export type WriterOptions = {
  log: Log;
  keep: (batch: readonly EventDraft[]) => Promise<void>;
  /** It could not be kept; whatever may help is done before the next attempt. */
  onFailure: () => Promise<unknown>;
  bounds?: QueueBounds;
};

/** Writes events in batches, and holds them back while the database is away: bounded, and what is lost by it is told when it is back. */
export class EventWriter {
  readonly #options: WriterOptions;
  readonly #queue: EventQueue;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #isStopped = false;
  /** Refused by the database for what they are. */
  refused = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#queue = new EventQueue(options.bounds ?? QUEUE_BOUNDS);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get dropped(): number {
    return this.#queue.dropped;
  }

  readonly add = (draft: EventDraft): void => {
    if (this.#isStopped) {
      return;
    }
    this.#queue.add(draft);
    if (this.#working === undefined) {
      this.#timer ??= setTimeout(() => this.#begin(), GATHER);
      if (this.#queue.length >= BATCH) {
        this.#begin();
      }
    }
  };

  /** Keeps what waits, if the database takes it soon. */
  async stop(): Promise<void> {
    this.#begin();
    this.#isStopped = true;
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, LAST_WORDS).unref());
    this.#wake?.();
    await Promise.race([this.#working, deadline]);
    this.#queue.take(this.#queue.length);
    this.#wake?.();
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#persist(this.#queue.take(BATCH));
      this.#tellLosses();
    }
  }

  async #persist(batch: readonly EventDraft[]): Promise<void> {
    let refusals = 0;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await this.#options.keep(batch);
        return;
      } catch (err) {
        refusals += isOfTheDatabase(err) ? 0 : 1;
        this.#options.log.warn({ err, waiting: this.#queue.length + batch.length }, "events could not be kept; they are held back");
        if (this.#isStopped) {
          return;
        }
        if (refusals >= PATIENCE) {
          await this.#halve(batch);
          return;
        }
        await this.#options.onFailure().catch(() => undefined);
        await this.#pause(pause);
      }
    }
  }

  /** One row that the database does not take keeps the others from it no longer than needed to find it. */
  async #halve(batch: readonly EventDraft[]): Promise<void> {
    if (batch.length <= 1) {
      this.refused += batch.length;
      this.#options.log.error({ code: batch[0]?.errorCode }, "an event was given up: the database does not take it");
      return;
    }
    const middle = batch.length >> 1;
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      await this.#options.keep(half).catch((error: unknown) => (isOfTheDatabase(error) ? this.#persist(half) : this.#halve(half)));
    }
  }

  #tellLosses(): void {
    const now = Date.now();
    for (const [nodeId, count] of this.#queue.losses()) {
      this.#queue.add(
        ownDraft(
          { nodeId, epoch: 0n },
          {
            severity: "warning",
            category: "manager",
            message: `${count} events of the node were given up while the database was away or too slow`,
            details: { error_code: "events_dropped", dropped: count },
          },
          now,
        ),
      );
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** It is away, or busy: what is in the batch has nothing to do with it. */
const isOfTheDatabase = (error: unknown): boolean =>
  isFault(error) &&
  /^database_(unreachable|connection_lost|commit_unknown|busy|conflict|statement_timeout|lock_timeout|disk_full)$/.test(error.code);
