import { Child, LoopTimer, monotonicNow, type ChildUsage } from "@bilbycast/engine/io";
import { seconds, type Microseconds } from "@bilbycast/foundation/time";
import type { BackendName, HostFacts } from "./jobs.ts";
import { Patience } from "./patience.ts";
import { FROM_HOST, MessageReader, messageOf, parseJson, TO_HOST } from "./wire.ts";

/** Between two looks at a host. */
const LOOK_EVERY: Microseconds = seconds(1);
/** A host that says nothing for so long does nothing. */
const SILENCE: Microseconds = seconds(5);
/** A machine under load starts slowly. */
const START: Microseconds = seconds(20);
/** Codecs give way to whatever moves packets. */
const NICENESS = 5;
/** What waits for a host that reads slowly: then it is not given more. Bytes. */
const MOST_BACKLOG = 64 * 1_024 * 1_024;

/** Why a host ended. `crashed`: by a signal that we did not send, or with a code. */
export type HostEndReason = "stopped" | "crashed" | "hung" | "memory" | "protocol" | "not_started" | "recycled";

/** `why`: of one that we ended, what we saw. */
export type HostEnd = { reason: HostEndReason; why?: string; pid: number; code: number | null; signal: string | null; lastWords: string };

export type HostLinkHooks = {
  onReady(facts: HostFacts): void;
  onMessage(kind: number, job: number, body: Uint8Array): void;
  /** It is gone, and so is all that it was doing. */
  onEnd(end: HostEnd): void;
};

/** One host process as its supervisor has it: alive, within its memory, and answering; else it is ended. */
export class HostLink {
  readonly #child: Child;
  readonly #reader: MessageReader;
  readonly #hooks: HostLinkHooks;
  readonly #memoryLimit: number;
  readonly #timer = new LoopTimer(() => this.#look());
  facts: HostFacts | undefined;
  usage: ChildUsage = { cpuSeconds: 0, residentBytes: 0 };
  #reason: HostEndReason = "crashed";
  #why: string | undefined;
  /** For its first word, then for any. */
  #patience = new Patience(START, LOOK_EVERY);

  /** `memoryLimit`: resident bytes. */
  constructor(backend: BackendName, memoryLimit: number, hooks: HostLinkHooks) {
    this.#hooks = hooks;
    this.#memoryLimit = memoryLimit;
    this.#patience.begin(monotonicNow());
    this.#reader = new MessageReader((kind, job, body) => this.#hear(kind, job, body));
    this.#child = new Child(new URL("host/main.ts", import.meta.url), [backend], NICENESS, {
      onData: (bytes) => {
        if (this.facts !== undefined) {
          this.#patience.end();
        }
        if (!this.#reader.push(bytes)) {
          this.end("protocol", "it said what is no message");
        }
      },
      onEnd: (end) => {
        this.#timer.close();
        const reason = this.facts === undefined && this.#reason === "crashed" ? "not_started" : this.#reason;
        hooks.onEnd({ ...end, reason, pid: this.pid, ...(this.#why === undefined ? {} : { why: this.#why }) });
      },
    });
    this.#timer.in(LOOK_EVERY);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** False when so much waits already that the host is given nothing more: what was to be said is lost. */
  send(kind: number, job: number, ...parts: readonly Uint8Array[]): boolean {
    if (this.#child.backlog > MOST_BACKLOG) {
      return false;
    }
    this.#child.write(messageOf(kind, job, ...parts));
    return true;
  }

  /** How long it has waited for a processor so far: on a full machine a host may be slow and well. */
  readonly starved = (): Microseconds => seconds(this.#child.starvedSeconds());

  /** Ends it at once; `onEnd` tells when it is gone. `why`: what was seen of it. */
  end(reason: HostEndReason, why?: string): void {
    if (this.#reason === "crashed") {
      this.#reason = reason;
      this.#why = why;
    }
    this.#child.kill("SIGKILL");
  }

  #hear(kind: number, job: number, body: Uint8Array): void {
    if (kind === FROM_HOST.ready && this.facts === undefined) {
      try {
        this.facts = parseJson(body) as HostFacts;
      } catch {
        this.end("protocol", "its first word is none");
        return;
      }
      this.#patience = new Patience(SILENCE, LOOK_EVERY);
      this.#hooks.onReady(this.facts);
    } else if (kind !== FROM_HOST.pong) {
      this.#hooks.onMessage(kind, job, body);
    }
  }

  #look(): void {
    const now = monotonicNow();
    this.usage = this.#child.usage() ?? this.usage;
    const isReady = this.facts !== undefined;
    if (this.usage.residentBytes > this.#memoryLimit) {
      this.end("memory", `it held ${this.usage.residentBytes} bytes`);
    } else if (this.#patience.look(now, this.starved)) {
      this.end(isReady ? "hung" : "not_started", `it said nothing for ${(isReady ? SILENCE : START) / seconds(1)} s`);
    } else if (isReady) {
      this.#patience.begin(now);
      this.send(TO_HOST.ping, 0);
    }
    this.#timer.in(LOOK_EVERY);
  }
}
