import type { MessagePort } from "node:worker_threads";
import { LoopTimer, Thread, type RingLayout } from "@bilbycast/engine/io";
import type { Microseconds } from "@bilbycast/foundation/time";
import type { AnalysisEvent, InputReport } from "./input-report.ts";
import type { AnalysisMessage, AnalysisOrder, AnalysisWishes } from "./orders.ts";
import { isSameWish } from "./pictures/picture-wishes.ts";

export type AnalysisHooks = {
  onReport(tag: number, report: InputReport): void;
  onEvent(tag: number, event: AnalysisEvent): void;
  /** Units of a lane that were overwritten before they were looked at. */
  onOverrun(lane: number, lost: number): void;
  /** It runs again, and has no port to send pictures by. */
  onRestart(): void;
  /** The thread ended by an error of ours; it is started again after `restartIn`. */
  onCrash(error: Error): void;
  /** Microseconds to wait before the next start. */
  restartIn(): Microseconds;
};

type LaneOrder = Extract<AnalysisOrder, { do: "lane" }>;
type WatchOrder = Extract<AnalysisOrder, { do: "watch" }>;

/** The thread that analyses, as main has it: remembers what it was told, so that one that ended is followed by another. */
export class AnalysisHandle {
  readonly #hooks: AnalysisHooks;
  readonly #lanes = new Map<number, LaneOrder>();
  readonly #watched = new Map<number, WatchOrder>();
  readonly #restart = new LoopTimer(() => {
    this.#start();
    this.#hooks.onRestart();
  });
  #thread: Thread | undefined;
  #exited = Promise.withResolvers<void>();
  #stopping = false;

  constructor(hooks: AnalysisHooks) {
    this.#hooks = hooks;
    this.#start();
  }

  /** A lane's mirror; in the place of the one that the lane of that number had before. */
  lane(lane: number, memory: object, layout: RingLayout): void {
    const order: LaneOrder = { do: "lane", lane, memory, layout };
    this.#lanes.set(lane, order);
    this.#thread?.post(order);
  }

  endLane(lane: number): void {
    this.#lanes.delete(lane);
    this.#thread?.post({ do: "endLane", lane } satisfies AnalysisOrder);
  }

  /** An input is there, or is to be looked at in another way. */
  watch(tag: number, lane: number, wishes: AnalysisWishes): void {
    const known = this.#watched.get(tag)?.wishes;
    if (known?.media === wishes.media && known.tr101290 === wishes.tr101290 && isSameWish(known.pictures, wishes.pictures)) {
      return;
    }
    const order: WatchOrder = { do: "watch", tag, lane, wishes };
    this.#watched.set(tag, order);
    this.#thread?.post(order);
  }

  forget(tag: number): void {
    this.#watched.delete(tag);
    this.#thread?.post({ do: "forget", tag } satisfies AnalysisOrder);
  }

  /** A picture of the input is wanted now. */
  capture(tag: number): void {
    this.#thread?.post({ do: "capture", tag } satisfies AnalysisOrder);
  }

  /** Where what is to become pictures goes from now on. */
  sendPicturesTo(port: MessagePort): void {
    if (this.#thread === undefined) {
      port.close();
    } else {
      this.#thread.post({ do: "pictures", port } satisfies AnalysisOrder, [port]);
    }
  }

  /** Numbers of the inputs that are watched. */
  get tags(): readonly number[] {
    return [...this.#watched.keys()];
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#restart.close();
    if (this.#thread !== undefined) {
      this.#thread.post({ do: "stop" } satisfies AnalysisOrder);
      await this.#exited.promise;
    }
  }

  #start(): void {
    this.#exited = Promise.withResolvers<void>();
    const thread = new Thread(
      new URL("analysis-main.ts", import.meta.url),
      {},
      {
        name: "analysis",
        onMessage: (message: AnalysisMessage) => this.#hear(message),
        onExit: (error) => this.#exit(error),
      },
    );
    this.#thread = thread;
    for (const order of [...this.#lanes.values(), ...this.#watched.values()]) {
      thread.post(order);
    }
  }

  #hear(message: AnalysisMessage): void {
    switch (message.report) {
      case "inputs":
        for (const { tag, report } of message.inputs) {
          this.#hooks.onReport(tag, report);
        }
        break;
      case "event":
        this.#hooks.onEvent(message.tag, message.event);
        break;
      case "overrun":
        this.#hooks.onOverrun(message.lane, message.lost);
    }
  }

  #exit(error: Error | undefined): void {
    this.#thread = undefined;
    this.#exited.resolve();
    if (!this.#stopping) {
      this.#hooks.onCrash(error ?? new Error("the thread ended"));
      this.#restart.in(this.#hooks.restartIn());
    }
  }
}
