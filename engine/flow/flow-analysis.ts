import { monotonicNow } from "@bilbycast/engine/io";
import { AnalysisHandle, type AnalysisWishes } from "@bilbycast/engine/analysis";
import { BackOff } from "./back-off.ts";
import type { FlowEvents } from "./flow-events.ts";
import type { FlowPictures } from "./flow-pictures.ts";
import type { LaneHandle } from "./lane-handle.ts";
import type { Mirrored } from "./mirror.ts";
import type { Step } from "./plan.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";
import type { EngineEvent, FlowSpec } from "./spec.ts";
import { shareOf } from "./spread.ts";

const NOTHING: AnalysisWishes = { tr101290: false, media: false };

/** What of a flow's inputs its lane copies for the analysers. */
export const mirroredOf = ({ analysis = NOTHING, pictures }: Pick<FlowSpec, "analysis" | "pictures">): Mirrored =>
  analysis.tr101290 || analysis.media || pictures !== undefined ? "all" : "tables";

/** Looks something else up in a flow's inputs from now on; no packet and no part is touched. */
export const setAnalysis = async (
  flow: RunningFlow,
  wanted: Pick<Extract<Step, { do: "setAnalysis" }>, "analysis" | "pictures">,
): Promise<void> => {
  const { analysis: _analysis, pictures: _pictures, ...rest } = flow.spec;
  const { analysis, pictures } = wanted;
  flow.spec = { ...rest, ...(analysis === undefined ? {} : { analysis }), ...(pictures === undefined ? {} : { pictures }) };
  const mirrored = mirroredOf(flow.spec);
  for (const part of flow.inputs.values()) {
    part.order.mirrored = mirrored;
    if (flow.state === "running" && part.state === "running") {
      await flow.lane.do({ do: "mirrorInput", flowId: flow.spec.id, partId: part.key, mirrored });
    }
  }
};

type Input = { flow: RunningFlow; part: RunningPart };

/** Keeps the analysers told which inputs there are, and gives what they find to the parts that it is about. */
export class FlowAnalysis {
  readonly #handle: AnalysisHandle;
  readonly #backOff = new BackOff();
  readonly #pictures: FlowPictures | undefined;
  #inputs = new Map<number, Input>();

  /** `pictures`: where pictures are made; absent: nowhere. */
  constructor(events: FlowEvents, tell: (event: EngineEvent) => void, pictures?: FlowPictures) {
    this.#pictures = pictures;
    this.#handle = new AnalysisHandle({
      onReport: (tag, report) => {
        const part = this.#inputs.get(tag)?.part;
        if (part !== undefined) {
          part.analysis =
            report.catalog === undefined && part.analysis?.catalog !== undefined ? { ...report, catalog: part.analysis.catalog } : report;
        }
        pictures?.report(tag, report.pictureTrouble);
      },
      onEvent: (tag, event) => {
        const input = this.#inputs.get(tag);
        if (input !== undefined) {
          events.analysis(input.flow, input.part, event);
        }
      },
      onOverrun: (lane, lost) =>
        tell({
          severity: "warning",
          category: "analysis",
          code: "analysis_overrun",
          message: `More comes in on lane ${lane} than can be analysed: ${lost} units were not looked at. No output lost anything by it.`,
          details: { lane, units: lost },
        }),
      onCrash: (error) =>
        tell({
          severity: "critical",
          category: "analysis",
          code: "analysis_thread_crashed",
          message: "The thread that analyses ended by an error of ours; it is started again. No output lost anything by it.",
          details: { error: error.message },
        }),
      onRestart: () => pictures?.analysisRestarted(),
      restartIn: () => this.#backOff.failed(monotonicNow()),
    });
    pictures?.attach(this.#handle);
  }

  /** A lane has started: what its inputs bring is copied for the analysers from now on. */
  async addLane(lane: LaneHandle): Promise<void> {
    const { bus } = await lane.do({ do: "mirror" });
    if (bus !== undefined) {
      this.#handle.lane(lane.lane, lane.memory, bus);
    }
  }

  endLane({ lane }: LaneHandle): void {
    this.#handle.endLane(lane);
  }

  /** Something may have been opened or closed. */
  reconcile(flows: Iterable<RunningFlow>): void {
    const inputs = new Map<number, Input>();
    for (const flow of flows) {
      for (const part of shareOf(flow.spec.id) === undefined ? flow.inputs.values() : []) {
        if (flow.state === "running" && part.state === "running") {
          inputs.set(part.tag, { flow, part });
          const wanted = this.#pictures?.wishesOf(part.tag, flow, part);
          const wishes = flow.spec.analysis ?? NOTHING;
          this.#handle.watch(part.tag, flow.lane.lane, { ...wishes, ...(wanted === undefined ? {} : { pictures: wanted }) });
        }
      }
    }
    for (const [tag, { part }] of this.#inputs) {
      if (!inputs.has(tag)) {
        part.analysis = undefined;
        this.#pictures?.forget(tag);
        this.#handle.forget(tag);
      }
    }
    this.#inputs = inputs;
    this.#pictures?.switched([...inputs.values()].map(({ flow }) => flow));
  }

  stop(): Promise<void> {
    this.#pictures?.stop();
    return this.#handle.stop();
  }
}
