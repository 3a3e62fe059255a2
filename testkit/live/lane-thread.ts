import { EventFd, Thread } from "@bilbycast/engine/io";

type Waiting = { resolve: (answer: unknown) => void; reject: (error: Error) => void };

/** A thread with a lane, which answers its birth with `{ wakeFd }` and each order with one message, in order. */
export class LaneThread {
  readonly #thread: Thread;
  #wake = (): void => {};
  readonly #waiting: Waiting[] = [];

  private constructor(entry: URL, name: string, plan: unknown) {
    this.#thread = new Thread(
      entry,
      { plan },
      {
        name,
        onMessage: (answer: unknown) => this.#waiting.shift()?.resolve(answer),
        onExit: (error) => {
          for (const { resolve, reject } of this.#waiting.splice(0)) {
            if (error === undefined) {
              resolve(undefined);
            } else {
              reject(error);
            }
          }
        },
      },
    );
  }

  /** Resolves with the thread and what it said at its birth. */
  static async start<Birth extends { wakeFd: number }>(entry: URL, name: string, plan: unknown): Promise<[LaneThread, Birth]> {
    const thread = new LaneThread(entry, name, plan);
    const birth = (await thread.#answer()) as Birth;
    thread.#wake = new EventFd(birth.wakeFd).signal;
    return [thread, birth];
  }

  ask(order: unknown): Promise<unknown> {
    const answer = this.#answer();
    this.#thread.post(order);
    this.#wake();
    return answer;
  }

  /** The order that ends it: the eventfd is gone with its answer. */
  async end(order: unknown): Promise<void> {
    await this.ask(order);
    this.#wake = () => {};
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }
}
