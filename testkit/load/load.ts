import { setTimeout as sleep } from "node:timers/promises";
import { EventFd, Thread } from "@bilbycast/engine/io";
import type { LoadAnswer, LoadOrder, LoadPlan, SinkReport } from "./load-orders.ts";

/** How long nothing more must arrive before a load counts as over. */
const QUIET_MS = 300;

/**
 * A sender and its receivers on a lane of their own, fast enough for the rates of the product, that look at every byte.
 * First open it for the sinks' ports, then tell it where to send.
 */
export class Load {
  /** Ports of the sinks, in the order of the plan. */
  ports: number[] = [];
  readonly #thread: Thread;
  #wake = (): void => {};
  #waiting: { resolve: (answer: LoadAnswer) => void; reject: (error: Error) => void }[] = [];

  private constructor(plan: Omit<LoadPlan, "streams">) {
    this.#thread = new Thread(
      new URL("./load-thread.ts", import.meta.url),
      { plan: { ...plan, streams: [] } },
      {
        name: "load",
        onMessage: (answer: LoadAnswer) => this.#waiting.shift()?.resolve(answer),
        onExit: (error) => {
          // The last answer and the end of the thread race each other.
          for (const { resolve, reject } of this.#waiting.splice(0)) {
            if (error === undefined) {
              resolve({ stopped: true });
            } else {
              reject(error);
            }
          }
        },
      },
    );
  }

  static async open(plan: Omit<LoadPlan, "streams">): Promise<Load> {
    const load = new Load(plan);
    const born = (await load.#answer()) as { ports: number[]; wakeFd: number };
    load.ports = born.ports;
    load.#wake = new EventFd(born.wakeFd).signal;
    return load;
  }

  /** Where the streams go, one `ip:port` each. */
  async aim(streams: string[]): Promise<void> {
    await this.#ask({ streams });
  }

  /** Sends for so long; returns how many datagrams of each stream have been sent since the load was opened. */
  async send(seconds: number): Promise<number[]> {
    const { sent } = (await this.#ask({ do: "send", seconds })) as { sent: number[] };
    return sent;
  }

  /** What the sinks have got when nothing more arrives. */
  async settle(): Promise<SinkReport[]> {
    for (let before = -1; ;) {
      const { sinks } = (await this.#ask({ do: "report" })) as { sinks: SinkReport[] };
      const total = sinks.reduce((sum, sink) => sum + sink.received + sink.foreign, 0);
      if (total === before) {
        return sinks;
      }
      before = total;
      await sleep(QUIET_MS);
    }
  }

  async close(): Promise<void> {
    await this.#ask({ do: "stop" });
    this.#wake = () => {};
  }

  #ask(order: LoadOrder | { streams: string[] }): Promise<LoadAnswer> {
    const answer = this.#answer();
    this.#thread.post(order);
    this.#wake();
    return answer;
  }

  #answer(): Promise<LoadAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }
}
