import { MessageChannel, type MessagePort } from "node:worker_threads";
import { endOrphans, LoopTimer, Thread } from "@bilbycast/engine/io";
import type { Microseconds } from "@bilbycast/foundation/time";
import type { TestSignalSpec } from "@bilbycast/engine/transport";
import type { MediaMessage, MediaOptions, MediaOrder } from "./orders.ts";

export type MediaHooks = {
  onMessage(message: Exclude<MediaMessage, { report: "stopped" | "process" }>): void;
  /** Ports of pictures are to be asked for anew. Told at each start but the first. */
  onStart(): void;
  /** The thread ended by an error of ours; it is started again after `restartIn`. */
  onCrash(error: Error): void;
  restartIn(): Microseconds;
};

/** The thread of the codec hosts, as main has it. */
export class MediaHandle {
  readonly #options: MediaOptions;
  readonly #hooks: MediaHooks;
  readonly #restart = new LoopTimer(() => {
    this.#thread = this.#start();
    this.#hooks.onStart();
  });
  #thread: Thread | undefined;
  #exited = Promise.withResolvers<void>();
  #stopping = false;

  constructor(options: MediaOptions, hooks: MediaHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#thread = this.#start();
  }

  /** The end of a port over which somebody asks for pictures; it ends with the thread. */
  picturePort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#post({ do: "pictures", port: port1 }, port1);
    return port2;
  }

  /** Gives an encoder to whoever is at the other end of the port. It closes at once when the thread is not there. */
  encode(name: string, spec: TestSignalSpec, port: MessagePort): void {
    this.#post({ do: "encode", name, spec, port }, port);
  }

  /** Whoever asked over a port of pictures is no more. */
  endPictures(): void {
    this.#thread?.post({ do: "endPictures" } satisfies MediaOrder);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#restart.close();
    if (this.#thread !== undefined) {
      this.#thread.post({ do: "stop" } satisfies MediaOrder);
      await this.#exited.promise;
    }
  }

  #post(order: MediaOrder, port: MessagePort): void {
    if (this.#thread === undefined) {
      port.close();
    } else {
      this.#thread.post(order, [port]);
    }
  }

  #start(): Thread {
    this.#exited = Promise.withResolvers<void>();
    const processes = new Set<number>();
    return new Thread(
      new URL("media-main.ts", import.meta.url),
      { options: this.#options },
      {
        name: "media",
        onMessage: (message: MediaMessage) => {
          if (message.report === "process") {
            processes[message.isThere ? "add" : "delete"](message.pid);
          } else if (message.report !== "stopped") {
            this.#hooks.onMessage(message);
          }
        },
        onExit: (error) => {
          this.#thread = undefined;
          endOrphans([...processes]);
          this.#exited.resolve();
          if (!this.#stopping) {
            this.#hooks.onCrash(error ?? new Error("the thread ended"));
            this.#restart.in(this.#hooks.restartIn());
          }
        },
      },
    );
  }
}
