import { FLOW_KIND } from "./flow-source.ts";
import type { EngineEvent, FlowSpec, PartSpec } from "./spec.ts";

/** Whose place a flow has that was made for another lane: an output of a flow, and the how manieth. */
export type Share = { flowId: string; outputId: string; index: number };

/**
 * The flows with what their outputs need on other lanes. An output that is to be spread over lanes is the first of several on its own flow's
 * lane; for each other one a flow is added that does nothing but read the first flow and have that output too. So it is opened, changed,
 * supervised and brought back like any other flow. `lanesOf`: lanes that an output is to have.
 */
export const spread = (flows: readonly FlowSpec[], lanesOf: (output: PartSpec) => number): FlowSpec[] =>
  flows.flatMap((flow) => {
    const outputs = flow.outputs.map((output) => placed(output, 0, lanesOf(output)));
    const others = outputs.flatMap((output) =>
      Array.from({ length: (output.share?.count ?? 1) - 1 }, (_, i) => readerOf(flow, output, i + 1, output.share?.count ?? 1)),
    );
    return [outputs.some(({ share }) => share !== undefined) ? { ...flow, outputs } : flow, ...others];
  });

const placed = (output: PartSpec, index: number, count: number): PartSpec => (count > 1 ? { ...output, share: { index, count } } : output);

const SOURCE = "source";

const readerOf = ({ id, bus, queue }: FlowSpec, output: PartSpec, index: number, count: number): FlowSpec => ({
  id: nameOf({ flowId: id, outputId: output.id, index }),
  bus,
  queue,
  inputs: [{ id: SOURCE, kind: FLOW_KIND, config: { flow_id: id } }],
  active: SOURCE,
  outputs: [placed(output, index, count)],
});

/** Longer than what people may call a flow, so it is nobody's. */
const MARK = "a share of ".padStart(65);

const nameOf = ({ flowId, outputId, index }: Share): string => `${MARK}${index} ${flowId.length} ${flowId}${outputId}`;

/** Whose place a flow has; `undefined` for those that people made. */
export const shareOf = (id: string): Share | undefined => {
  const [, index, length, rest] = id.startsWith(MARK) ? (/^(\d+) (\d+) (.*)$/s.exec(id.slice(MARK.length)) ?? []) : [];
  return index === undefined || length === undefined || rest === undefined
    ? undefined
    : { index: Number(index), flowId: rest.slice(0, Number(length)), outputId: rest.slice(Number(length)) };
};

/** The flow that people made, of that one or of one that was added for it. */
export const ownerOf = (id: string): string => shareOf(id)?.flowId ?? id;

/** What comes and goes with the whole is told by its first output alone. */
const OF_THE_FIRST: ReadonlySet<string> = new Set([
  "flow_started",
  "flow_stopped",
  "output_added",
  "output_changed",
  "output_removed",
  "output_recovered",
  "backend_lacks",
  "lane_share_waits",
]);

/** An event as people hear of it: what is about a flow that was added is about the output that it was added for. `undefined`: not at all. */
export const eventOfWhole = (event: EngineEvent): EngineEvent | undefined => {
  const { flowId = "" } = event;
  const share = shareOf(flowId);
  if (share === undefined) {
    return event;
  }
  if (event.inputId !== undefined || OF_THE_FIRST.has(event.code)) {
    return undefined;
  }
  return { ...event, message: event.message.replaceAll(flowId, share.flowId), flowId: share.flowId, outputId: share.outputId };
};
