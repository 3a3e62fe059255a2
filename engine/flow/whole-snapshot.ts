import type { Stat } from "@bilbycast/engine/transport";
import { shareOf } from "./spread.ts";
import type { FlowSnapshot, PartSnapshot } from "./spec.ts";

/** A stat of a part by the kind of the part. */
export type StatOf = (kind: string, name: string) => Stat | undefined;

/** Flows as people made them: an output that is spread over lanes counts what it counts on all of them. */
export const wholeFlows = (snapshots: readonly FlowSnapshot[], statOf: StatOf): FlowSnapshot[] => {
  const others = snapshots.flatMap((flow) => {
    const share = shareOf(flow.id);
    return share === undefined ? [] : [{ ...share, flow }];
  });
  return snapshots
    .filter(({ id }) => shareOf(id) === undefined)
    .map((flow) => ({
      ...flow,
      outputs: flow.outputs.map((output) =>
        others
          .filter(({ flowId, outputId }) => flowId === flow.id && outputId === output.id)
          .reduce((whole, other) => together(whole, other.flow, statOf), output),
      ),
    }));
};

const together = (whole: PartSnapshot, { outputs, inputs, error }: FlowSnapshot, statOf: StatOf): PartSnapshot => {
  const [more] = outputs;
  if (more === undefined) {
    return whole;
  }
  // What it did not read in time its callers did not get.
  const unread = inputs[0]?.counters["packetsLost"] ?? 0;
  const counters = Object.fromEntries(
    Object.entries(whole.counters).map(([name, value]) => {
      const other = (more.counters[name] ?? 0) + (name === "packetsDropped" ? unread : 0);
      const { type, overLanes = type === "counter" ? "sum" : "most" } = statOf(whole.kind, name) ?? { type: "counter" };
      return [name, overLanes === "sum" ? value + other : Math.max(value, other)];
    }),
  );
  // It runs when it runs on every lane.
  const cause = more.error ?? error;
  const isWhole = whole.state !== "running" || more.state === "running";
  return { ...whole, counters, ...(isWhole ? {} : { state: more.state, ...(cause === undefined ? {} : { error: cause }) }) };
};
