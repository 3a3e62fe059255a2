import { PacketBatch } from "@bilbycast/foundation/packets";
import { after, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import type { Arena } from "./arena.ts";
import { Deadlines } from "./deadlines.ts";
import type { Driver, LanePass } from "./driver.ts";
import type { LaneSocket, UdpOptions } from "./lane-socket.ts";
import { SendList } from "./send-list.ts";

/**
 * A piece of work that belongs to one flow. What it throws is an error of ours:
 * `failed` ends that flow, and the pass goes on for all others.
 */
export type LaneTask = { run(): void; failed(cause: unknown): void };

export type LaneTimer = { set(at: Instant): void; close(): void };

/** Flows from which on a busy lane sleeps to the next tick instead of waking for each packet. */
const CROWDED = 8;
const CROWDED_TICK = 1_000;

/** Datagrams in the time that all flows let them wait, from which on it pays to wait for them; how often that is looked at. */
const WORTH_WAITING = 4;
const WORTH_WINDOW = 100_000;

/** After a socket had no room, it is tried again this much later at the latest. */
const RETRY = 1_000;

const DEADLINES = 8_192;

/** Rows that one call of a machine may give: what it held besides what it got, split as small as it may be. */
const OUT_ROWS = 8_192;

/** One thread's worth of flows: its memory, its clock, its sockets and the order of what happens in a pass. */
export class Lane implements LanePass {
  readonly arena: Arena;
  readonly driver: Driver;
  readonly sendList: SendList;
  readonly deadlines = new Deadlines(DEADLINES);
  /** What a socket gave; borrowed until the next receive. */
  readonly received: PacketBatch;
  /** What a machine gave. */
  readonly produced = new PacketBatch(OUT_ROWS);
  /** Read once per pass. */
  now: Instant;
  passes = 0;
  /** Microseconds spent in passes. */
  busy = 0;
  readonly #tick: "auto" | number;
  readonly #onWake: () => void;
  readonly #timers: (LaneTask | undefined)[] = [];
  /** Filled again from the start in each pass and never emptied, so that a pass leaves no garbage. */
  readonly #ending: LaneTask[] = [];
  #endingCount = 0;
  #later: LaneTask[] = [];
  #laterCount = 0;
  #retrying: LaneTask[] = [];
  #crowd = 0;
  /** By flow, how long its packets may wait; and the least of all, 0 where one may not or nothing is known. */
  readonly #patienceOf = new Map<object, Microseconds>();
  #patience: Microseconds = 0;
  /** Datagrams since `#countedAt`; and whether there were enough in the last window. */
  #datagrams = 0;
  #countedAt: Instant;
  #isWorthIt = false;
  #moved = false;
  #unread = false;
  #firing = false;
  #retryAt: Instant = NEVER;

  constructor(arena: Arena, driver: Driver, tick: "auto" | number, onWake: () => void) {
    this.arena = arena;
    this.driver = driver;
    this.sendList = new SendList(arena, driver.base);
    this.received = new PacketBatch(driver.rows);
    this.now = driver.now();
    this.#countedAt = this.now;
    this.#tick = tick;
    this.#onWake = onWake;
  }

  /** Flows on the lane, which decide the tick where it is automatic. */
  set crowd(flows: number) {
    this.#crowd = flows;
  }

  /** How long the packets of a flow may wait, Infinity where nobody waits for any; `undefined`: there is no such flow any more. */
  letWait(flow: object, patience: Microseconds | undefined): void {
    if (patience === undefined) {
      this.#patienceOf.delete(flow);
    } else {
      this.#patienceOf.set(flow, patience);
    }
    const least = Math.min(...this.#patienceOf.values());
    this.#patience = least === Infinity ? 0 : least;
  }

  tick(): number {
    if (this.#tick !== "auto") {
      return this.#tick;
    }
    const patience = this.#isWorthIt ? this.#patience : 0;
    return this.#crowd > CROWDED ? Math.max(CROWDED_TICK, patience) : patience;
  }

  /** Opens a UDP socket whose readiness runs the task. Throws Errno. */
  udp(options: UdpOptions, task: LaneTask): LaneSocket {
    return this.driver.open(options, () => this.#guard(task));
  }

  timer(task: LaneTask): LaneTimer {
    const slot = this.deadlines.open();
    this.#timers[slot] = task;
    return {
      // Due again in the pass in which it fires: the next pass is soon enough, and this one ends.
      set: (at) => this.deadlines.set(slot, this.#firing && at <= this.now ? after(this.now, 1) : at),
      close: () => {
        this.#timers[slot] = undefined;
        this.deadlines.close(slot);
      },
    };
  }

  /** Runs the task at the end of this pass. Called once per pass by each task at most: the caller remembers. */
  atEnd(task: LaneTask): void {
    this.#ending[this.#endingCount] = task;
    this.#endingCount++;
    this.#moved = true;
  }

  /** As `atEnd`, but in a pass to come: for readers whose socket had no room. */
  soon(task: LaneTask): void {
    this.#later[this.#laterCount] = task;
    this.#laterCount++;
    this.#retryAt = after(this.now, RETRY);
  }

  /** Runs until stopped; on a backend of an event loop it returns at once. */
  run(): void {
    this.driver.run(this);
  }

  stop(): void {
    this.driver.stop();
  }

  begin(now: Instant): void {
    this.now = now;
    this.#moved = false;
    this.#unread = false;
  }

  onWake(): void {
    this.#onWake();
  }

  /** An input took datagrams from its socket; `unread`: it had its turn, and there is more. */
  took(datagrams: number, unread: boolean): void {
    this.#datagrams += datagrams;
    this.#unread = unread || this.#unread;
  }

  moved(): boolean {
    return this.#moved && !this.#unread;
  }

  deadline(): Instant {
    const next = this.deadlines.next;
    return next < this.#retryAt ? next : this.#retryAt;
  }

  pass(): void {
    this.passes++;
    this.#retryAt = NEVER;
    this.#firing = true;
    for (let slot = this.deadlines.takeDue(this.now); slot >= 0; slot = this.deadlines.takeDue(this.now)) {
      const task = this.#timers[slot];
      if (task !== undefined) {
        this.#guard(task);
      }
    }
    this.#firing = false;
    const retrying = this.#later;
    const retries = this.#laterCount;
    this.#later = this.#retrying;
    this.#laterCount = 0;
    this.#retrying = retrying;
    for (let i = 0; i < retries; i++) {
      this.#guard(retrying[i] as LaneTask);
    }
    for (let i = 0; i < this.#endingCount; i++) {
      this.#guard(this.#ending[i] as LaneTask);
    }
    this.#endingCount = 0;
    this.#weigh();
  }

  end(now: Instant): void {
    this.busy += now - this.now;
  }

  #weigh(): void {
    const span = this.now - this.#countedAt;
    if (span >= WORTH_WINDOW) {
      this.#isWorthIt = this.#datagrams * this.#patience >= WORTH_WAITING * span;
      this.#datagrams = 0;
      this.#countedAt = this.now;
    }
  }

  #guard(task: LaneTask): void {
    // Where all may wait, words of a peer are worth no wake either.
    this.#moved ||= this.#isWorthIt;
    try {
      task.run();
    } catch (cause) {
      task.failed(cause);
    }
  }
}
