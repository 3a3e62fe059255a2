import { setImmediate } from "node:timers/promises";
import { Fault } from "@bilbycast/foundation/fault";
import type { Tally } from "@bilbycast/foundation/packets";
import { instant, type Instant } from "@bilbycast/foundation/time";
import type { EventReport, InputConfig, MediaFile, SessionInputContext, SessionTimer, Stats } from "@bilbycast/engine/transport";
import { seeded } from "@bilbycast/testkit/random";
import { declaration } from "../declaration.ts";

type D = typeof declaration;

export type Written = { unit: Uint8Array; due: Instant; at: Instant };

/** A session whose clock only a test moves, with files in memory and a way to the lane that keeps what was written. */
export class HandDriven implements SessionInputContext<D> {
  readonly files = new Map<string, Uint8Array>();
  readonly written: Written[] = [];
  readonly events: EventReport[] = [];
  readonly failures: unknown[] = [];
  readonly opened: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly stats: Stats<D>;
  /** Units that the sink takes before it is full. */
  capacity = Infinity;
  /** Open files, and reads that have not been answered. */
  openFiles = 0;
  pendingReads = 0;
  mostPendingReads = 0;
  /** Called before each read answers; a test may hold it up or let it fail. */
  beforeRead: () => Promise<void> = () => Promise.resolve();
  readonly #random = seeded(1);
  #now = instant(1_000_000);
  #wakeAt: Instant | undefined;
  #onDue: () => void = () => undefined;

  constructor() {
    const tally = (name: string): Tally => {
      this.counts[name] = 0;
      return { add: (amount) => (this.counts[name] = (this.counts[name] ?? 0) + amount), set: (value) => (this.counts[name] = value) };
    };
    this.stats = Object.fromEntries(Object.keys(declaration.stats).map((name) => [name, tally(name)])) as Stats<D>;
  }

  readonly sink = {
    room: (): number => Math.max(0, this.capacity - this.written.length),
    write: (unit: Uint8Array, due: Instant): boolean => {
      if (this.sink.room() === 0) {
        return false;
      }
      this.written.push({ unit: unit.slice(), due, at: this.#now });
      return true;
    },
    flush: (): void => undefined,
  };

  get wakeAt(): Instant | undefined {
    return this.#wakeAt;
  }

  readonly id = "player";

  timeOfDayMs(): number {
    return this.#now / 1_000;
  }

  encode(): never {
    throw new Error("a player of files encodes nothing");
  }

  now(): Instant {
    return this.#now;
  }

  random32(): number {
    return Math.floor(this.#random() * 2 ** 32);
  }

  timer(onDue: () => void): SessionTimer {
    this.#onDue = onDue;
    return { set: (at) => (this.#wakeAt = at), close: () => (this.#wakeAt = undefined) };
  }

  async openMedia(name: string): Promise<MediaFile> {
    this.opened.push(name);
    const bytes = this.files.get(name);
    if (bytes === undefined) {
      throw new Fault("media_not_found", `there is no ${name}`);
    }
    this.openFiles++;
    return {
      size: bytes.length,
      read: async (into, at) => {
        this.mostPendingReads = Math.max(this.mostPendingReads, ++this.pendingReads);
        try {
          await this.beforeRead();
        } finally {
          this.pendingReads--;
        }
        const part = bytes.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      close: async () => {
        this.openFiles--;
      },
    };
  }

  fault(code: never, cause?: unknown): Fault {
    return new Fault(code, "refused", { cause });
  }

  report(event: EventReport): void {
    this.events.push(event);
  }

  fail(cause: unknown): void {
    this.failures.push(cause);
  }

  /** Lets everything happen that happens until `span` microseconds from now. */
  async pass(span: number): Promise<void> {
    const end = instant(this.#now + span);
    for (;;) {
      await setImmediate();
      if (this.#wakeAt === undefined || this.#wakeAt > end) {
        break;
      }
      this.#now = instant(Math.max(this.#now, this.#wakeAt));
      this.#wakeAt = undefined;
      this.#onDue();
    }
    this.#now = end;
  }

  /** Moves the clock and lets nothing happen: the machine was asleep. */
  sleep(span: number): void {
    this.#now = instant(this.#now + span);
  }

  codes(): string[] {
    return this.events.map((event) => event.code);
  }
}

/** A configuration as a person writes it, with the defaults filled in. */
export const configured = (input: unknown): InputConfig<D> => declaration.input.parse(input);
