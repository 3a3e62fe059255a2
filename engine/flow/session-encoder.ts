import { MessageChannel, type MessagePort } from "node:worker_threads";
import { LoopTimer } from "@bilbycast/engine/io";
import type { EncoderMessage, EncoderOrder } from "@bilbycast/engine/media";
import type { Encoder, EncoderHooks, TestSignalSpec } from "@bilbycast/engine/transport";
import { seconds } from "@bilbycast/foundation/time";

/** The thread of the hosts comes back by itself; until then it is asked again. */
const ASK_AGAIN = seconds(1);

/** An encoder as its session has it: asks for one, and for another when the thread that had it is gone. */
export class SessionEncoder implements Encoder {
  readonly #ask: (spec: TestSignalSpec, port: MessagePort) => void;
  readonly #hooks: EncoderHooks;
  readonly #retry = new LoopTimer(() => this.#open());
  #spec: TestSignalSpec;
  #port: MessagePort | undefined;
  #isOver = false;

  /** `ask` hands the other end of the port to where the hosts are. */
  constructor(spec: TestSignalSpec, ask: (spec: TestSignalSpec, port: MessagePort) => void, hooks: EncoderHooks) {
    this.#spec = spec;
    this.#ask = ask;
    this.#hooks = hooks;
    this.#open();
  }

  want(frame: number): void {
    this.#port?.postMessage({ want: frame } satisfies EncoderOrder);
  }

  resumeAt(frame: number): void {
    this.#spec = { ...this.#spec, firstFrame: frame };
    this.#port?.postMessage({ resumeAt: frame } satisfies EncoderOrder);
  }

  close(): void {
    this.#isOver = true;
    this.#retry.close();
    this.#port?.close();
  }

  #open(): void {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on("message", (message: EncoderMessage) => this.#hear(message));
    port1.on("close", () => {
      this.#port = undefined;
      if (!this.#isOver) {
        this.#hooks.onLost("the thread of the codec hosts is gone");
        this.#retry.in(ASK_AGAIN);
      }
    });
    this.#ask(this.#spec, port2);
  }

  #hear(message: EncoderMessage): void {
    switch (message.say) {
      case "opened":
        this.#hooks.onOpened();
        break;
      case "unit":
        this.#hooks.onUnit(message.unit);
        break;
      case "lost":
        this.#hooks.onLost(message.why);
        break;
      case "refused":
        this.#isOver = true;
        this.#port?.close();
        this.#hooks.onRefused(message.code, message.message);
    }
  }
}

/** Hands the port of a session that wants an encoder to where the hosts are; says no where there are none. */
export const encodeFor = (owner: string | undefined, { spec, port }: { spec: TestSignalSpec; port: MessagePort }, hosts: Hosts): void => {
  if (owner !== undefined && hosts !== undefined) {
    hosts.encode(owner, spec, port);
    return;
  }
  const message = "Codecs are switched off on this node.";
  port.postMessage({ say: "refused", code: "codecs_off", message } satisfies EncoderMessage);
  port.close();
};

type Hosts = { encode(name: string, spec: TestSignalSpec, port: MessagePort): void } | undefined;
