import { setTimeout as sleep } from "node:timers/promises";
import { LaneThread } from "./lane-thread.ts";
import type { LiveReport, ReceiverPlan, SinkState } from "./live-orders.ts";

/** How long nothing more must arrive before a stream counts as over. */
const QUIET_MS = 300;

/** Sinks on a thread of their own that judge all that comes. */
export class LiveReceivers {
  /** Of the sinks on 127.0.0.1, in the order of the plan. */
  readonly ports: readonly number[];
  readonly #thread: LaneThread;

  private constructor(thread: LaneThread, ports: readonly number[]) {
    this.#thread = thread;
    this.ports = ports;
  }

  static async open(plan: ReceiverPlan): Promise<LiveReceivers> {
    const entry = new URL("./live-receiver-thread.ts", import.meta.url);
    const [thread, { ports }] = await LaneThread.start<{ wakeFd: number; ports: number[] }>(entry, "live-receivers", plan);
    return new LiveReceivers(thread, ports);
  }

  states(): Promise<SinkState[]> {
    return this.#thread.ask({ do: "sources" }) as Promise<SinkState[]>;
  }

  report(): Promise<LiveReport[]> {
    return this.#thread.ask({ do: "report" }) as Promise<LiveReport[]>;
  }

  /** What the sinks have got when nothing more arrives: for streams that end, not for an edge that keeps sending. */
  async settle(): Promise<LiveReport[]> {
    for (let before = -1; ;) {
      const total = (await this.states()).reduce((sum, { datagrams }) => sum + datagrams, 0);
      if (total === before) {
        return this.report();
      }
      before = total;
      await sleep(QUIET_MS);
    }
  }

  close(): Promise<void> {
    return this.#thread.end({ do: "end" });
  }
}
