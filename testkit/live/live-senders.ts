import { LaneThread } from "./lane-thread.ts";
import type { LiveStream, SenderAnswer, SenderOrder } from "./live-orders.ts";

/** Streams that are sent in real time from a thread of their own, in single datagrams of seven packets. */
export class LiveSenders {
  readonly #thread: LaneThread;

  private constructor(thread: LaneThread) {
    this.#thread = thread;
  }

  /** Opens the sockets; nothing leaves before `start`. */
  static async open(streams: LiveStream[]): Promise<LiveSenders> {
    const [thread] = await LaneThread.start(new URL("./live-sender-thread.ts", import.meta.url), "live-senders", { streams });
    return new LiveSenders(thread);
  }

  /** Streams by their place. What was stopped goes on where it was, as if no time had passed. Resolves when it is so. */
  start(...streams: number[]): Promise<SenderAnswer> {
    return this.#ask({ do: "start", streams });
  }

  stop(...streams: number[]): Promise<SenderAnswer> {
    return this.#ask({ do: "stop", streams });
  }

  count(): Promise<SenderAnswer> {
    return this.#ask({ do: "count" });
  }

  close(): Promise<void> {
    return this.#thread.end({ do: "end" });
  }

  #ask(order: SenderOrder): Promise<SenderAnswer> {
    return this.#thread.ask(order) as Promise<SenderAnswer>;
  }
}
