import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { api } from "../../api/browser.tsx";
import { liveRow } from "../../live/live-link.tsx";
import { Series } from "../../live/series.ts";
import type { Values } from "../../parts/spark-path.ts";

const STEP_MS = 10_000;
const SPAN_MS = 900_000;

type Kept = { series: Series };

/** What came into each node in the last quarter of an hour: from the history once, from the cards since. */
const kept = new Map<string, Kept>();
/** By node: who shows its line. */
const listeners = new Map<string, Set<() => void>>();
let drawnAt = Date.now();
let timer: number | undefined;

const sample = (): void => {
  drawnAt = Date.now();
  for (const [id, { series }] of kept) {
    const card = liveRow<NodeCard>("nodes", id);
    const isHere = card !== undefined && card.status !== "offline" && card.status !== "pending";
    series.push(drawnAt, isHere ? (card.bitrate_in_bps ?? undefined) : undefined);
  }
  [...listeners.values()].forEach((of) => of.forEach((listener) => listener()));
};

const subscribe = (id: string, listener: () => void): (() => void) => {
  const own = listeners.get(id) ?? new Set();
  listeners.set(id, own.add(listener));
  timer ??= window.setInterval(sample, STEP_MS);
  return () => {
    own.delete(listener);
    if (own.size === 0 && listeners.get(id) === own) {
      listeners.delete(id);
    }
  };
};

/** Fetched a few at a time: hundreds of nodes must not ask all at once. */
const waiting: string[] = [];
let isFetching = false;

const fetchNext = async (): Promise<void> => {
  isFetching = true;
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const found = kept.get(id);
    if (found !== undefined) {
      found.series = await historyOf(id);
      drawn.delete(id);
      listeners.get(id)?.forEach((listener) => listener());
    }
  }
  isFetching = false;
};

const historyOf = async (id: string): Promise<Series> => {
  const series = new Series(SPAN_MS / STEP_MS, STEP_MS);
  const now = Date.now();
  try {
    const {
      at,
      flows,
      step_seconds: step,
    } = await api("nodeHistory", {
      params: { node_id: id },
      query: { from: new Date(now - SPAN_MS).toISOString(), to: new Date(now).toISOString() },
    });
    at.forEach((time, i) => {
      const values = flows.map((flow) => flow.bitrate_in_bps[i] ?? undefined).filter((value) => value !== undefined);
      const sum = values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0);
      // The history has longer steps: each fills all the slots that it spans.
      for (let slot = 0; slot < step * 1_000; slot += STEP_MS) {
        series.push(Math.min(now, Date.parse(time) + slot), sum);
      }
    });
  } catch {
    // Without a history the line begins now.
  }
  return series;
};

const EMPTY: Values = [];
const drawn = new Map<string, { at: number; values: Values }>();

const valuesOf = (id: string): Values => {
  const last = drawn.get(id);
  const found = kept.get(id);
  if (found === undefined) {
    return EMPTY;
  }
  if (last?.at === drawnAt) {
    return last.values;
  }
  const values = found.series.values(drawnAt);
  drawn.set(id, { at: drawnAt, values });
  return values;
};

/** Bits per second into the node, every ten seconds of the last fifteen minutes. */
export const useNodeSeries = (id: string): Values => {
  useEffect(() => {
    const found = kept.get(id);
    if (found === undefined) {
      kept.set(id, { series: new Series(SPAN_MS / STEP_MS, STEP_MS) });
      waiting.push(id);
      if (!isFetching) {
        void fetchNext();
      }
    }
  }, [id]);
  return useSyncExternalStore(
    useCallback((listener) => subscribe(id, listener), [id]),
    () => valuesOf(id),
  );
};
