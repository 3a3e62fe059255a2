import { setFlagsFromString } from "node:v8";
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort, type Transferable } from "node:worker_threads";

/** A worker thread with one port to it, which the thread may read without an event loop. */
export class Thread {
  readonly #worker: Worker;
  readonly #port: MessagePort;

  /** `birth` reaches the thread as its workerData, with `port` among it. `onExit` hears of the end, wanted or not. */
  constructor(
    entry: URL,
    birth: Record<string, unknown>,
    options: { name: string; youngMegabytes?: number; onMessage: (message: never) => void; onExit: (error: Error | undefined) => void },
  ) {
    if (options.youngMegabytes !== undefined) {
      // The limit alone lets the young generation grow when much survives; little does here, and so it would stay small and be full often.
      setFlagsFromString(`--min-semi-space-size=${Math.floor(options.youngMegabytes / 3)}`);
    }
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#port.on("message", options.onMessage as (message: unknown) => void);
    this.#worker = new Worker(entry, {
      name: options.name,
      workerData: { ...birth, port: port2 },
      transferList: [port2],
      ...(options.youngMegabytes === undefined ? {} : { resourceLimits: { maxYoungGenerationSizeMb: options.youngMegabytes } }),
    });
    let failure: Error | undefined;
    this.#worker.on("error", (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on("exit", (code) => {
      // The end may be heard of before the last words.
      for (let last = receiveMessageOnPort(this.#port); last !== undefined; last = receiveMessageOnPort(this.#port)) {
        options.onMessage(last.message as never);
      }
      this.#port.close();
      options.onExit(failure ?? (code === 0 ? undefined : new Error(`the thread ended with code ${code}`)));
    });
  }

  post(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, [...transfer]);
  }
}
