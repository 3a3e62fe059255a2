import { check } from "@bilbycast/foundation/check";
import { Fault, isFault, type FaultBody } from "@bilbycast/foundation/fault";
import { seconds, type Microseconds } from "@bilbycast/foundation/time";
import { arenaBytesHere, chooseBackend, lanesHere, LoopTimer, monotonicNow, type BackendChoice } from "@bilbycast/engine/io";
import type { Registry, Stat } from "@bilbycast/engine/transport";
import { BackOff } from "./back-off.ts";
import { claimsFrom } from "./flow-parts.ts";
import { FLOW_KIND } from "./flow-source.ts";
import type { MediaOptions } from "@bilbycast/engine/media";
import { EngineMedia } from "./engine-media.ts";
import { FlowPictures, type FlowPicture, type PictureListener } from "./flow-pictures.ts";
import { FlowAnalysis } from "./flow-analysis.ts";
import { FlowEvents } from "./flow-events.ts";
import { FlowKeeper } from "./flow-keeper.ts";
import { LaneHandle } from "./lane-handle.ts";
import type { BusTap, LaneReport } from "./orders.ts";
import { plan, type ClaimsOf, type Step } from "./plan.ts";
import { endsWithin } from "./later.ts";
import { encodeFor } from "./session-encoder.ts";
import { SessionHandle, type SessionReport } from "./session-handle.ts";
import type { EngineEvent, EngineSnapshot, FlowSpec, PartSpec } from "./spec.ts";
import { OUTPUT_STATS } from "./part-stats.ts";
import { spread } from "./spread.ts";
import { wholeFlows } from "./whole-snapshot.ts";

export type EngineOptions = {
  /** 0: one for each core but one, at least one. */
  lanes: number;
  /** Microseconds that a busy lane sleeps between passes; "auto": 1 ms when it carries many flows, else none. */
  tick: "auto" | number;
  backend: "auto" | BackendChoice["backend"];
  /** Module that runs a lane's thread, and one that runs the sessions' thread: they bring the transports. */
  laneEntry: URL;
  sessionEntry: URL;
  registry: Registry;
  /** Folder of the media library. */
  mediaFolder: string;
  onEvent: (event: EngineEvent) => void;
  /** Inputs are analysed, on a thread of its own. */
  analysis?: boolean;
  /** Codecs run in processes beside it; pictures are made of inputs that are analysed. Absent: none. */
  media?: MediaOptions;
  /** Hears of each new picture. */
  onPicture?: PictureListener;
};

/** What each kind may take to end when the engine stops: 4 s altogether, so that a program that wraps it ends within 5. */
const CHANGES_WITHIN = seconds(0.5);
const FLOWS_WITHIN = seconds(1);
const SESSIONS_WITHIN = seconds(1);
const LANES_WITHIN = seconds(1.5);

/**
 * Runs flows. What is wanted comes in as data, what differs from what runs becomes a plan, and the plan's steps go to the lanes.
 * Whatever changes queues here, one after another; packets never wait for it.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #choice: BackendChoice;
  readonly #lanes: LaneHandle[] = [];
  readonly #keeper: FlowKeeper;
  readonly #claimsOf: ClaimsOf;
  readonly #analysis: FlowAnalysis | undefined;
  readonly #media: EngineMedia | undefined;
  readonly #pictures: FlowPictures | undefined;
  readonly #laneBackOffs: BackOff[] = [];
  readonly #laneTimers = new Set<LoopTimer>();
  #sessions: SessionHandle | undefined;
  #stopping: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #stopped = false;

  private constructor(options: EngineOptions, choice: BackendChoice) {
    this.#options = options;
    check(!options.registry.has(FLOW_KIND), "that kind of input is the engine's own");
    this.#choice = choice;
    this.#claimsOf = claimsFrom(options.registry);
    this.#media = options.media === undefined ? undefined : new EngineMedia(options.media, options.onEvent);
    this.#pictures =
      this.#media === undefined ? undefined : new FlowPictures(this.#media, options.onEvent, options.onPicture ?? (() => {}));
    this.#analysis =
      options.analysis === true ? new FlowAnalysis(new FlowEvents(options.onEvent), options.onEvent, this.#pictures) : undefined;
    this.#keeper = new FlowKeeper({
      registry: options.registry,
      mediaFolder: options.mediaFolder,
      lanes: this.#lanes,
      sessions: () => this.#sessionThread(),
      onEvent: options.onEvent,
      enqueue: (task) => void this.#enqueue(task),
    });
  }

  /** Rejects with the Fault `backend_unavailable` when a backend was asked for that does not work here. */
  static async start(options: EngineOptions): Promise<Engine> {
    const choice = await chooseBackend(options.backend);
    const engine = new Engine(options, choice);
    const count = options.lanes > 0 ? options.lanes : lanesHere();
    const started = await Promise.allSettled(Array.from({ length: count }, (_, lane) => engine.#startLane(lane, count)));
    const refused = started.find((lane) => lane.status === "rejected");
    if (refused !== undefined) {
      await engine.stop();
      throw refused.reason;
    }
    return engine;
  }

  /** The backend in use, and why a better one does not serve. */
  get backend(): BackendChoice {
    return this.#choice;
  }

  /**
   * Takes the engine from its present flows to `desired`, touching only what differs. All or nothing: when a step fails, the steps
   * before it are taken back and the promise rejects with the Fault, whose details name the flow and the part.
   * `tolerant`: what cannot be opened is left failed and tried again with back-off, all else runs.
   */
  apply(desired: readonly FlowSpec[], options: { tolerant?: boolean } = {}): Promise<void> {
    return this.#enqueue(() => this.#apply(desired, options.tolerant ?? false));
  }

  /** Puts another input of the flow on its bus. */
  switchInput(flowId: string, inputId: string): Promise<void> {
    const commandedAt = monotonicNow();
    return this.#enqueue(() => this.#keeper.take({ do: "switchInput", flowId, inputId, commandedAt }, false));
  }

  /**
   * Where another thread finds the flow's bus, for a `SharedReader`. Whoever reads must end before the flow is closed:
   * afterwards the memory is somebody else's.
   */
  tap(flowId: string): Promise<BusTap> {
    return this.#enqueue(() => this.#keeper.tap(flowId));
  }

  snapshot(): EngineSnapshot {
    const media = this.#media?.snapshot();
    return {
      flows: wholeFlows(this.#keeper.snapshot(), this.#statOf),
      lanes: this.#lanes.map((lane) => lane.snapshot()),
      ...(media === undefined ? {} : { media }),
    };
  }

  /** The newest picture of an input, or of the flow's active one; `undefined` when there is none. */
  picture(flowId: string, inputId?: string): FlowPicture | undefined {
    const tag = this.#keeper.tagOf(flowId, inputId);
    return tag === undefined ? undefined : this.#pictures?.pictureOf(tag);
  }

  /** Five pictures a second of it for the next five seconds. Throws the Faults `pictures_off`, `preview_limit`. */
  look(flowId: string, inputId?: string): void {
    check(this.#pictures !== undefined, "an engine without codecs shows nothing");
    this.#pictures.look(this.#keeper.tagOf(flowId, inputId));
  }

  /**
   * Ends everything: flows with their inputs before their outputs, sessions, threads. Nothing that it started is left; what does not end
   * within 4 s is left to the end of the process and named in the event `stop_incomplete`.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const left: string[] = [];
    const end = async (span: Microseconds, ending: Promise<unknown>, names: () => readonly string[]): Promise<void> => {
      if (!(await endsWithin(span, ending))) {
        left.push(...names());
      }
    };
    // What is being changed is changed to its end; what comes behind it is refused.
    this.#stopped = true;
    for (const timer of this.#laneTimers) {
      timer.close();
    }
    await end(CHANGES_WITHIN, this.#last, () => ["changes"]);
    const flows = new Set(this.#keeper.specs().map(({ id }) => `flow ${id}`));
    // The analysers only look on: they may end whenever they do.
    const analysing = Promise.all([this.#analysis?.stop(), this.#media?.stop()]);
    const closing = this.#keeper.closeAll((id) => flows.delete(`flow ${id}`));
    await end(FLOWS_WITHIN, closing, () => [...flows]);
    // Sessions write into the lanes' memory, so they end first.
    await end(SESSIONS_WITHIN, this.#sessions?.stop() ?? Promise.resolve(), () => ["sessions"]);
    await Promise.all([
      ...this.#lanes.map((lane) => end(LANES_WITHIN, lane.stop(), () => [`lane ${lane.lane}`])),
      end(LANES_WITHIN, analysing, () => ["analysis or codecs"]),
    ]);
    if (left.length > 0) {
      this.#options.onEvent({
        severity: "warning",
        category: "lane",
        code: "stop_incomplete",
        message: `Not everything ended in time: ${left.join(", ")}.`,
        details: { left },
      });
    }
  }

  async #apply(desired: readonly FlowSpec[], tolerant: boolean): Promise<void> {
    const before = this.#keeper.specs();
    try {
      for (const step of plan(before, spread(desired, this.#lanesOf), this.#claimsOf)) {
        await this.#keeper.take(step, tolerant);
      }
    } catch (cause) {
      await this.#takeBack(before);
      throw isFault(cause) ? cause : new Fault("internal_error", "The change could not be made.", { cause });
    }
  }

  /** Lanes that an output is to have, as many as there are and as can share a port. */
  readonly #lanesOf = ({ kind, config }: PartSpec): number => {
    const { lanesOutput } = this.#options.registry.get(kind)?.declaration ?? {};
    const wanted = lanesOutput?.(config as never) ?? 1;
    return this.#choice.capabilities["portSharing"] === true ? Math.min(wanted, this.#lanes.length) : 1;
  };

  readonly #statOf = (kind: string, name: string): Stat | undefined =>
    this.#options.registry.get(kind)?.declaration.stats[name] ?? (OUTPUT_STATS as Readonly<Record<string, Stat>>)[name];

  async #takeBack(before: readonly FlowSpec[]): Promise<void> {
    const steps: Step[] = plan(this.#keeper.specs(), before, this.#claimsOf);
    for (const step of steps) {
      // What ran a moment ago and cannot be opened again is left to the supervisor: the rest must come back in any case.
      await this.#keeper.take(step, true);
    }
  }

  async #startLane(index: number, count: number): Promise<void> {
    const lane = await LaneHandle.start({
      entry: this.#options.laneEntry,
      lane: index,
      choice: this.#choice,
      tick: this.#options.tick,
      arenaBytes: arenaBytesHere(count),
      onReport: (report) => this.#hearLane(report),
      onCrash: (error) => this.#laneCrashed(index, count, error),
    });
    this.#lanes[index] = lane;
    await this.#analysis?.addLane(lane);
  }

  #hearLane(report: Exclude<LaneReport, { report: "ready" }>): void {
    if (report.report === "flowDied") {
      void this.#enqueue(() => this.#keeper.flowDied(report.flowId, report.serial, bodyOf(report)));
    } else if (report.report === "bandwidth") {
      this.#keeper.bandwidthChanged(report);
    } else if (report.report === "switch") {
      this.#keeper.switchTold(report);
    } else if (report.report === "event") {
      this.#keeper.partTold(report);
    } else if (report.report === "mishap") {
      this.#options.onEvent({
        severity: "warning",
        category: "lane",
        code: "internal_error",
        message: "Something did not close as it should; nothing else was touched.",
        details: { error: report.message, stack: report.stack },
      });
    }
  }

  #laneCrashed(index: number, count: number, error: Error): void {
    this.#options.onEvent({
      severity: "critical",
      category: "lane",
      code: "lane_crashed",
      message: `Lane ${index} ended by an error of ours; it is started again with its flows.`,
      details: { lane: index, error: error.message },
    });
    void this.#enqueue(async () => {
      const dead = this.#lanes[index];
      check(dead !== undefined, "a lane that ran is known");
      this.#analysis?.endLane(dead);
      await this.#keeper.laneEnded(dead, bodyOf(error));
      this.#replaceLane(dead, count);
    });
  }

  /** Starts a lane in the place of one that is no more, and again when it does not start. */
  #replaceLane(dead: LaneHandle, count: number): void {
    const index = dead.lane;
    const backOff = this.#laneBackOffs[index] ?? new BackOff();
    this.#laneBackOffs[index] = backOff;
    const timer = new LoopTimer(() => {
      void this.#enqueue(async () => {
        try {
          await this.#startLane(index, count);
        } catch {
          this.#replaceLane(dead, count);
          return;
        }
        backOff.started(monotonicNow());
        await this.#keeper.reopen(dead, this.#lanes[index] ?? dead);
      });
    });
    this.#laneTimers.add(timer);
    timer.in(backOff.failed(monotonicNow()));
  }

  #sessionThread(): SessionHandle {
    this.#sessions ??= new SessionHandle(
      this.#options.sessionEntry,
      (report) => this.#hearSession(report),
      (error) => {
        this.#sessions = undefined;
        this.#options.onEvent({
          severity: "critical",
          category: "session",
          code: "session_thread_crashed",
          message: "The thread of the sessions ended by an error of ours; they are started again.",
          details: { error: error.message },
        });
        void this.#enqueue(() => this.#keeper.sessionsDied(bodyOf(error)));
      },
    );
    return this.#sessions;
  }

  #hearSession(report: SessionReport): void {
    if (report.report === "encode") {
      encodeFor(this.#keeper.nameOfSession(report.key), report, this.#media);
    } else if (report.report !== "failed") {
      this.#keeper.sessionTold(report);
    } else {
      void this.#enqueue(() => this.#keeper.sessionFailed(report.key, bodyOf(report)));
    }
  }

  #enqueue<Result>(task: () => Promise<Result>): Promise<Result> {
    const run = this.#last.then(() => (this.#stopped ? Promise.reject(new Fault("engine_stopped", "The engine has stopped.")) : task()));
    this.#last = run.catch(() => {}).then(() => this.#analysis?.reconcile(this.#keeper.flows()));
    return run;
  }
}

const bodyOf = (error: { message: string }): FaultBody => ({ code: "internal_error", message: error.message, details: {} });
