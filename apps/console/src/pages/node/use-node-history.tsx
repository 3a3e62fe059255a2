import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../../api/browser.tsx";

const MINUTE = 60_000;

/** The node's load and what its flows carried, up to now; asked for again as the steps of the history go. */
export const useNodeHistory = (nodeId: string, spanMs: number, flowId?: string) => {
  const asked = useQuery({
    queryKey: ["nodeHistory", nodeId, spanMs, flowId ?? ""],
    queryFn: ({ signal }) => {
      const now = Date.now();
      return api("nodeHistory", {
        params: { node_id: nodeId },
        query: { from: new Date(now - spanMs).toISOString(), to: new Date(now).toISOString(), flow_id: flowId },
        signal,
      });
    },
    refetchInterval: MINUTE / 2,
    placeholderData: keepPreviousData,
  });
  const { data } = asked;
  const at = useMemo(() => (data?.at ?? []).map((time) => Date.parse(time)), [data]);
  return { data, at, isLoading: asked.isLoading };
};

/** The sum over all flows at each time; null where no flow is known. */
export const sumOf = (count: number, lists: readonly (readonly (number | null)[])[]): (number | null)[] =>
  Array.from({ length: count }, (_, i) => {
    const known = lists.map((list) => list[i] ?? null).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  });

export const scaled = (values: readonly (number | null)[], by: number): (number | null)[] =>
  values.map((value) => (value === null ? null : value * by));
