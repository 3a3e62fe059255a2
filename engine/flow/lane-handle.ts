import { Fault } from "@bilbycast/foundation/fault";
import { DescriptorLedger, EventFd, Thread, type BackendChoice } from "@bilbycast/engine/io";
import { MeterTable } from "@bilbycast/engine/telemetry";
import { Conversation } from "./conversation.ts";
import type { LaneMessage, LaneReport, Order, OrderResult } from "./orders.ts";
import { LANE_STATS } from "./part-stats.ts";
import type { LaneSnapshot } from "./spec.ts";

export type LaneHandleOptions = {
  entry: URL;
  lane: number;
  choice: BackendChoice;
  tick: "auto" | number;
  arenaBytes: number;
  onReport: (report: Exclude<LaneReport, { report: "ready" }>) => void;
  /** The thread ended without being asked to. */
  onCrash: (error: Error) => void;
};

/** Meters of one lane: some thirty per part, a thousand parts and more. */
const METERS = 65_536;

/** A lane makes little garbage, and what it makes dies at once: with this much room it is collected a few times a minute. */
const YOUNG_MEGABYTES = 48;

/** A lane as main has it: orders go out and wake it, answers and reports come in, meters are read without asking. */
export class LaneHandle {
  readonly lane: number;
  readonly meters = new MeterTable(METERS);
  /** The lane's memory, once it is ready. */
  memory: object = {};
  readonly #options: LaneHandleOptions;
  readonly #thread: Thread;
  readonly #talk: Conversation;
  readonly #ledger = new DescriptorLedger();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<void>();
  #ping: () => void = () => {};
  #wakeFd: number | undefined;
  #backend = "";
  #capabilities: Record<string, boolean> = {};
  #stopping = false;
  #isReady = false;

  private constructor(options: LaneHandleOptions) {
    this.#options = options;
    this.lane = options.lane;
    this.meters.allocate(Object.keys(LANE_STATS).length);
    const { choice } = options;
    this.#thread = new Thread(
      options.entry,
      {
        lane: options.lane,
        meters: this.meters.buffer,
        descriptors: this.#ledger.buffer,
        backend: choice.backend,
        capabilities: choice.capabilities,
        arenaBytes: options.arenaBytes,
        tick: options.tick,
      },
      {
        name: `lane-${options.lane}`,
        youngMegabytes: YOUNG_MEGABYTES,
        onMessage: (message: LaneMessage) => this.#hear(message),
        onExit: (error) => this.#exit(error),
      },
    );
    this.#talk = new Conversation((message, transfer) => {
      this.#thread.post(message, transfer);
      this.#ping();
    });
  }

  static async start(options: LaneHandleOptions): Promise<LaneHandle> {
    const handle = new LaneHandle(options);
    await handle.#ready.promise;
    return handle;
  }

  get backend(): string {
    return this.#backend;
  }

  /** How a session rouses the lane; `undefined`: it needs a port of its own. */
  get wakeFd(): number | undefined {
    return this.#wakeFd;
  }

  do(order: Order, transfer: readonly unknown[] = []): Promise<OrderResult> {
    return this.#talk.ask<OrderResult>(order, transfer);
  }

  /** Closes every flow and ends the thread: cooperatively, since a thread in a system call cannot be ended from outside. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // The answer and the end of the thread race each other; the end is what counts.
    await Promise.allSettled([this.do({ do: "stop" })]);
    await this.#exited.promise;
  }

  snapshot(): LaneSnapshot {
    const counters = Object.fromEntries(Object.keys(LANE_STATS).map((name, i) => [name, this.meters.values[i] ?? 0]));
    return { lane: this.lane, backend: this.#backend, capabilities: this.#capabilities, tick: counters["tickUs"] ?? 0, counters };
  }

  #hear(message: LaneMessage): void {
    if ("answer" in message) {
      this.#talk.settle(message);
    } else if (message.report === "ready") {
      this.memory = message.memory;
      this.#backend = message.backend;
      this.#capabilities = message.capabilities;
      this.#wakeFd = message.wakeFd;
      if (message.wakeFd !== undefined) {
        this.#ping = new EventFd(message.wakeFd).signal;
      }
      this.#isReady = true;
      this.#ready.resolve();
    } else {
      this.#options.onReport(message);
    }
  }

  #exit(error: Error | undefined): void {
    // The descriptor's number may soon be somebody else's.
    this.#ping = () => {};
    const reason = new Fault("lane_ended", "The lane's thread has ended.", error === undefined ? {} : { cause: error });
    this.#talk.end(reason);
    this.#ready.reject(reason);
    this.#exited.resolve();
    this.#ledger.closeLeft();
    if (this.#isReady && !this.#stopping) {
      this.#options.onCrash(error ?? reason);
    }
  }
}
