import { isJsonObject, type Json, type JsonObject } from "../../live/merge-patch.ts";
import type { State } from "../../words/state.ts";

// What nodes send is read as it comes: another version of an edge, or another kind of device, may lack any of it.

export type Reason = { code: string; severity: string; detail: string };
export type PartView = {
  id: string;
  name: string;
  kind: string;
  state: string;
  isActive: boolean;
  bitrateBps: number | undefined;
  /** Where it listens or sends to, as far as it says. */
  address: string | undefined;
  lost: number | undefined;
  rttMs: number | undefined;
  lossPercent: number | undefined;
  error: { code: string; message: string } | undefined;
  raw: JsonObject;
};
export type FlowView = {
  id: string;
  name: string;
  /** stopped, starting, running, degraded, stalled, failed. */
  state: string;
  health: string;
  reasons: readonly Reason[];
  uptimeSecs: number | undefined;
  activeInputId: string | undefined;
  inputs: readonly PartView[];
  outputs: readonly PartView[];
  error: { code: string; message: string } | undefined;
  raw: JsonObject;
};

export const numberAt = (value: Json | undefined, ...path: readonly string[]): number | undefined => {
  const found = at(value, path);
  return typeof found === "number" ? found : undefined;
};
export const textAt = (value: Json | undefined, ...path: readonly string[]): string | undefined => {
  const found = at(value, path);
  return typeof found === "string" && found !== "" ? found : undefined;
};
export const listAt = (value: Json | undefined, ...path: readonly string[]): readonly Json[] => {
  const found = at(value, path);
  return Array.isArray(found) ? (found as readonly Json[]) : [];
};
export const objectAt = (value: Json | undefined, ...path: readonly string[]): JsonObject | undefined => {
  const found = at(value, path);
  return isJsonObject(found) ? found : undefined;
};

const at = (value: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((found, key) => (isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined), value);

const errorOf = (value: Json | undefined): { code: string; message: string } | undefined => {
  const message = textAt(value, "error", "message");
  return message === undefined ? undefined : { code: textAt(value, "error", "code") ?? "", message };
};

const ADDRESSES = ["remote_addr", "dest_addr", "dest_url", "bind_addr", "listen_addr", "local_addr"];

/** One input or output of the statistics. */
export const readPart = (value: Json, side: "input" | "output", activeId: string | undefined): PartView | undefined => {
  const id = textAt(value, `${side}_id`);
  if (id === undefined || !isJsonObject(value)) {
    return undefined;
  }
  const lost = numberAt(value, "packets_lost");
  const received = numberAt(value, "packets_received");
  return {
    id,
    name: textAt(value, `${side}_name`) ?? id,
    kind: textAt(value, `${side}_type`) ?? "",
    state: textAt(value, "state") ?? "",
    isActive: side === "input" ? id === activeId : value["state"] !== "idle",
    bitrateBps: numberAt(value, "bitrate_bps"),
    address: ADDRESSES.map((key) => textAt(value, key)).find((each) => each !== undefined),
    lost: lost ?? numberAt(value, "packets_dropped"),
    rttMs: numberAt(value, "srt_stats", "rtt_ms") ?? numberAt(value, "rist_stats", "rtt_ms"),
    lossPercent: lost === undefined || received === undefined || received + lost === 0 ? undefined : (lost / (received + lost)) * 100,
    error: errorOf(value),
    raw: value,
  };
};

export const readFlow = (value: Json): FlowView | undefined => {
  const id = textAt(value, "flow_id");
  if (id === undefined || !isJsonObject(value)) {
    return undefined;
  }
  const activeInputId = textAt(value, "active_input_id");
  const parts = (list: readonly Json[], side: "input" | "output"): PartView[] =>
    list.flatMap((each) => readPart(each, side, activeInputId) ?? []);
  const live = listAt(value, "inputs_live");
  const single = objectAt(value, "input");
  return {
    id,
    name: textAt(value, "flow_name") ?? id,
    state: textAt(value, "state") ?? "",
    health: textAt(value, "health") ?? "",
    reasons: listAt(value, "health_reasons").map((reason) => ({
      code: textAt(reason, "code") ?? "",
      severity: textAt(reason, "severity") ?? "",
      detail: textAt(reason, "detail") ?? "",
    })),
    uptimeSecs: numberAt(value, "uptime_secs"),
    activeInputId,
    inputs: parts(live.length > 0 || single === undefined ? live : [single], "input"),
    outputs: parts(listAt(value, "outputs"), "output"),
    error: errorOf(value),
    raw: value,
  };
};

/**
 * The flows that a node's live rows hold. A row is a flow, or the whole statistics with their list of flows. In the order of the node.
 */
export const readFlows = (rows: readonly Json[]): FlowView[] => {
  const flows = rows.flatMap((row) => {
    const own = readFlow(row);
    const inside = [...listAt(row, "flows"), ...listAt(row, "stats", "flows")];
    return [...(own === undefined ? [] : [own]), ...inside.flatMap((each) => readFlow(each) ?? [])];
  });
  const byId = new Map(flows.map((flow) => [flow.id, flow]));
  return [...byId.values()];
};

/** What the node says of itself: the last health that its rows hold. */
export const readHealth = (rows: readonly Json[]): JsonObject | undefined =>
  rows
    .map(
      (row) =>
        objectAt(row, "health") ??
        (objectAt(row, "system_resources") === undefined && objectAt(row, "resource_budget") === undefined
          ? undefined
          : (row as JsonObject)),
    )
    .find((each) => each !== undefined);

export const stateOfFlow = (flow: Pick<FlowView, "state" | "health">): State => {
  if (flow.state === "stopped") {
    return "off";
  }
  if (flow.state === "failed" || flow.state === "stalled" || flow.health === "Critical" || flow.health === "Error") {
    return "critical";
  }
  return flow.state === "degraded" || flow.state === "starting" || flow.health === "Warning"
    ? "warning"
    : flow.state === ""
      ? "unknown"
      : "good";
};

export const stateOfPart = (part: PartView): State => {
  switch (part.state) {
    case "failed":
      return "critical";
    case "waiting":
    case "starting":
      return part.isActive ? "warning" : "off";
    case "idle":
      return "off";
    case "receiving":
    case "sending":
      return "good";
    default:
      return "unknown";
  }
};
