import { monotonicNow } from "@bilbycast/engine/io";
import { MediaHandle, type HostForm, type MediaMessage, type MediaOptions } from "@bilbycast/engine/media";
import type { TestSignalSpec } from "@bilbycast/engine/transport";
import type { MessagePort } from "node:worker_threads";
import { BackOff } from "./back-off.ts";
import { hostEvent } from "./host-events.ts";
import type { EngineEvent } from "./spec.ts";

/** The codec hosts as the engine has them: their thread is started by the first who wants something of them. */
export class CodecHosts {
  readonly #options: MediaOptions;
  readonly #tell: (event: EngineEvent) => void;
  readonly #backOff = new BackOff();
  #handle: MediaHandle | undefined;
  hosts: readonly HostForm[] = [];
  unitsUsed = 0;

  constructor(options: MediaOptions, tell: (event: EngineEvent) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  get unitsTotal(): number {
    return this.#options.units;
  }

  /** Gives an encoder to whoever is at the other end of the port. */
  encode(name: string, spec: TestSignalSpec, port: MessagePort): void {
    this.#started().encode(name, spec, port);
  }

  stop(): Promise<void> {
    return this.#handle?.stop() ?? Promise.resolve();
  }

  #started(): MediaHandle {
    this.#handle ??= new MediaHandle(this.#options, {
      onMessage: (message) => this.#hear(message),
      onStart: () => this.#backOff.started(monotonicNow()),
      onCrash: (error) =>
        this.#tell({
          severity: "critical",
          category: "media",
          code: "media_thread_crashed",
          message: "The thread of the codec hosts ended by an error of ours; it is started again. No packet was touched by it.",
          details: { error: error.message },
        }),
      restartIn: () => this.#backOff.failed(monotonicNow()),
    });
    return this.#handle;
  }

  #hear(message: Exclude<MediaMessage, { report: "stopped" }>): void {
    if (message.report === "hosts") {
      this.hosts = message.hosts;
      this.unitsUsed = message.unitsUsed;
    } else if (message.report === "event") {
      const event = hostEvent(message.event);
      if (event !== undefined) {
        this.#tell(event);
      }
    }
  }
}
