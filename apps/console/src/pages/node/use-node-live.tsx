import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ask } from "../../api/browser.tsx";
import { heardAt, useLiveRow, useLiveRows, useTopics } from "../../live/live-link.tsx";
import { isJsonObject, type Json, type JsonObject } from "../../live/merge-patch.ts";
import { readFlows, readHealth, type FlowView } from "./flow-view.ts";

export type NodeLive = {
  flows: readonly FlowView[];
  health: JsonObject | undefined;
  /** When the newest statistics came here; `undefined` before the first. */
  at: number | undefined;
};

/** What a node carries now, from the live channel; asked for where that has not spoken yet. */
export const useNodeLive = (nodeId: string): NodeLive => {
  const topic = `node:${nodeId}`;
  useTopics(topic);
  const rows = useLiveRows<Json>(topic);
  // The statistics say something of the machine too: what the node says of its health has a row of its own.
  const health = useLiveRow<Json>(topic, "health");
  const asked = useQuery({ ...ask("nodeState", { params: { node_id: nodeId } }), refetchInterval: rows.length === 0 ? 5_000 : 60_000 });
  const state = asked.data;
  return useMemo(() => {
    const first: readonly Json[] =
      state === undefined ? [] : [{ stats: (state.stats ?? null) as Json, health: (state.health ?? null) as Json }];
    const flows = readFlows(rows.length === 0 ? first : rows);
    return {
      flows: flows.length === 0 ? readFlows(first) : flows,
      health: isJsonObject(health) ? health : readHealth(first),
      at:
        rows.length === 0
          ? state?.stats_at === undefined || state.stats_at === null
            ? undefined
            : Date.parse(state.stats_at)
          : heardAt(topic),
    };
  }, [rows, health, state, topic]);
};
