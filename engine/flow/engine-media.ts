import type { MessagePort } from "node:worker_threads";
import { monotonicNow } from "@bilbycast/engine/io";
import {
  MediaHandle,
  type HostEndReason,
  type HostForm,
  type MediaMessage,
  type MediaOptions,
  type PoolEvent,
} from "@bilbycast/engine/media";
import type { TestSignalSpec } from "@bilbycast/engine/transport";
import { BackOff } from "./back-off.ts";
import type { EngineEvent } from "./spec.ts";

export type HostEndCause = Exclude<HostEndReason, "stopped">;

/** How the codecs of the node do. */
export type MediaSnapshot = {
  /** idle: nothing has asked for codecs yet. unavailable: there is nothing to decode with on this machine. */
  state: "idle" | "running" | "unavailable";
  /** What decodes, as its hosts say it: a name and a version. */
  backend?: { name: string; version: string };
  hosts: readonly HostForm[];
  /** Hosts that ended without having been stopped, by why; another one took over each time. */
  hostEnds: Readonly<Record<HostEndCause, number>>;
  unitsUsed: number;
  unitsTotal: number;
};

export type MediaListener = {
  onMessage(message: Extract<MediaMessage, { report: "picture" | "noPicture" }>): void;
  /** Another thread serves: ports are to be asked for anew. */
  onRestart(): void;
  /** The flow and the input that a job is of, by the name that it was given. */
  ownerOf(job: string): Pick<EngineEvent, "flowId" | "inputId">;
};

const INSTALL = "run npm install with the optional dependency node-av, or install ffmpeg (Debian: apt-get install ffmpeg)";

/** The thread of the codec hosts, started when something asks for codecs first, and what it tells. */
export class EngineMedia {
  readonly #options: MediaOptions;
  readonly #tell: (event: EngineEvent) => void;
  readonly #backOff = new BackOff();
  readonly #listeners = new Set<MediaListener>();
  #handle: MediaHandle | undefined;
  #backend: MediaSnapshot["backend"];
  #isUnavailable = false;
  #hosts: readonly HostForm[] = [];
  #unitsUsed = 0;
  readonly #hostEnds: Record<HostEndCause, number> = { crashed: 0, hung: 0, memory: 0, protocol: 0, not_started: 0, recycled: 0 };

  constructor(options: MediaOptions, tell: (event: EngineEvent) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  listen(listener: MediaListener): void {
    this.#listeners.add(listener);
  }

  /** A port over which pictures are asked for. */
  picturePort(): MessagePort {
    return this.#started().picturePort();
  }

  endPictures(): void {
    this.#handle?.endPictures();
  }

  /** Gives an encoder to whoever is at the other end of the port. `name`: `flow/input`. */
  encode(name: string, spec: TestSignalSpec, port: MessagePort): void {
    this.#started().encode(name, spec, port);
  }

  snapshot(): MediaSnapshot {
    return {
      state: this.#isUnavailable ? "unavailable" : this.#handle === undefined ? "idle" : "running",
      ...(this.#backend === undefined ? {} : { backend: this.#backend }),
      hosts: this.#hosts,
      hostEnds: { ...this.#hostEnds },
      unitsUsed: this.#unitsUsed,
      unitsTotal: this.#options.units,
    };
  }

  stop(): Promise<void> {
    return this.#handle?.stop() ?? Promise.resolve();
  }

  #started(): MediaHandle {
    this.#handle ??= new MediaHandle(this.#options, {
      onMessage: (message) => this.#hear(message),
      onStart: () => this.#listeners.forEach((listener) => listener.onRestart()),
      onCrash: (error) => {
        this.#hosts = [];
        this.#unitsUsed = 0;
        this.#say("critical", "media_thread_crashed", "The thread of the codecs ended by an error of ours; it is started again.", {
          error: error.message,
        });
      },
      restartIn: () => this.#backOff.failed(monotonicNow()),
    });
    return this.#handle;
  }

  #hear(message: Parameters<ConstructorParameters<typeof MediaHandle>[1]["onMessage"]>[0]): void {
    switch (message.report) {
      case "event":
        this.#event(message.event);
        break;
      case "hosts":
        this.#hosts = message.hosts;
        this.#unitsUsed = message.unitsUsed;
        break;
      default:
        this.#listeners.forEach((listener) => listener.onMessage(message));
    }
  }

  #event(event: PoolEvent): void {
    switch (event.event) {
      case "host_started":
        this.#backend = { name: event.backend, version: event.version };
        break;
      case "backend_declined":
        this.#declined(event);
        break;
      case "host_ended":
        this.#ended(event);
    }
  }

  #declined({ backend, why, next }: Extract<PoolEvent, { event: "backend_declined" }>): void {
    const details = { backend, reason: why };
    if (next !== undefined) {
      this.#say("info", "media_backend_declined", `${backend} cannot be loaded on this machine (${why}); ${next} serves.`, {
        ...details,
        next,
      });
      return;
    }
    this.#isUnavailable = true;
    this.#say("warning", "media_unavailable", `No pictures are made: there is nothing to decode with. To have some, ${INSTALL}.`, details);
  }

  #ended({ end, jobs, suspects }: Extract<PoolEvent, { event: "host_ended" }>): void {
    const { reason, why, pid, code, signal, lastWords } = end;
    if (reason !== "stopped") {
      this.#hostEnds[reason] += 1;
    }
    const [first, ...more] = suspects;
    const owner = first === undefined || more.length > 0 ? {} : this.#ownerOf(first);
    const busy = suspects.length === 0 ? "It was doing nothing." : `It was at work for ${suspects.join(", ")}.`;
    this.#say(
      reason === "recycled" ? "info" : "warning",
      "media_host_ended",
      `A process that decodes or encodes ended: ${REASONS[reason]}. ${busy} Its jobs go on in another; no packet was lost by it.`,
      {
        reason,
        ...(why === undefined ? {} : { why }),
        pid,
        exit_code: code,
        signal,
        last_words: lastWords.slice(-LAST_WORDS),
        jobs: jobs.slice(0, MOST_NAMED),
        suspects,
      },
      owner,
    );
  }

  #ownerOf(job: string): Pick<EngineEvent, "flowId" | "inputId"> {
    return [...this.#listeners].map((listener) => listener.ownerOf(job)).find(({ flowId }) => flowId !== undefined) ?? {};
  }

  #say(
    severity: EngineEvent["severity"],
    code: string,
    message: string,
    details: Record<string, unknown>,
    owner: Pick<EngineEvent, "flowId" | "inputId"> = {},
  ): void {
    this.#tell({ severity, category: "media", code, message, ...owner, details });
  }
}

/** Of what an event carries. */
const LAST_WORDS = 512;
const MOST_NAMED = 32;

const REASONS = {
  stopped: "it was stopped",
  crashed: "it crashed",
  hung: "it did not answer and was ended",
  memory: "it held too much memory and was ended",
  protocol: "it said what nobody understands and was ended",
  not_started: "it did not start",
  recycled: "it had served long enough",
} as const satisfies Record<Extract<PoolEvent, { event: "host_ended" }>["end"]["reason"], string>;
