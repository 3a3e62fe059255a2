import type { Config, Flow, Part, Side } from "@bilbycast/contracts/config";
import {
  HEALTH_LEVELS,
  type FlowState,
  type FlowStats,
  type HealthLevel,
  type InputStats,
  type OutputStats,
} from "@bilbycast/contracts/edge-api";
import type { FlowSnapshot, PartSnapshot } from "@bilbycast/engine/flow";
import { thumbnailOf } from "./thumbnail-stats.ts";
import { partKey, type Sample } from "./sampler.ts";
import { srtStatsOf } from "./srt-stats.ts";
import { OF_LINKS, srtBondingOf } from "./srt-bonding-stats.ts";

/** Every configured flow, running or not, from one sample. `nowMs` is the wall clock, for the uptime. */
export const allFlowStats = (config: Config, sample: Sample, nowMs: number): FlowStats[] => {
  const snapshotById = new Map(sample.snapshot.flows.map((flow) => [flow.id, flow]));
  const partById: PartsById = {
    input: new Map(config.inputs.map((part) => [part.id, part])),
    output: new Map(config.outputs.map((part) => [part.id, part])),
  };
  return config.flows.map((flow) => statsOf(flow, partById, snapshotById.get(flow.id), sample, nowMs));
};

/** The state of a flow in the words of the contract; `undefined` for the snapshot of a flow that the engine does not run. */
export const flowState = (snapshot: FlowSnapshot | undefined, sample: Sample): FlowState => {
  if (snapshot === undefined) {
    return "stopped";
  }
  const active = snapshot.inputs.find((input) => input.id === snapshot.activeInputId);
  if (snapshot.state === "failed" || active?.state === "failed") {
    return "failed";
  }
  if (snapshot.state === "starting" || active?.state === "starting") {
    return "starting";
  }
  if (active === undefined || !isMoving(snapshot, "input", active, sample)) {
    // Before its first window has passed nobody knows whether anything comes in.
    const isNew = active !== undefined && !sample.rateByPart.has(partKey(snapshot.id, "input", active.id));
    return isNew ? "starting" : "stalled";
  }
  const isShort = [...snapshot.inputs, ...snapshot.outputs].some((part) => part.state === "failed");
  const loss = sample.lossByFlow.get(snapshot.id);
  return isShort || snapshot.bandwidth === "blocked" || (loss?.lost ?? 0) > 0 || (loss?.dropped ?? 0) > 0 ? "degraded" : "running";
};

type PartsById = Record<Side, ReadonlyMap<string, Part>>;
type Reason = FlowStats["health_reasons"][number];

const statsOf = (flow: Flow, partById: PartsById, snapshot: FlowSnapshot | undefined, sample: Sample, nowMs: number): FlowStats => {
  const activeId = snapshot === undefined ? flow.input_ids.find((id) => partById.input.get(id)?.active === true) : snapshot.activeInputId;
  const inputs = flow.input_ids.flatMap((id) => {
    const part = partById.input.get(id);
    return part === undefined ? [] : [inputStats(flow.id, part, snapshot, sample, nowMs)];
  });
  const outputs = flow.output_ids.flatMap((id) => {
    const part = partById.output.get(id);
    return part === undefined ? [] : [outputStats(flow.id, part, snapshot, sample)];
  });
  const input = inputs.find((candidate) => candidate.input_id === activeId);
  const state = flowState(snapshot, sample);
  const reasons = snapshot === undefined ? [] : healthReasons(snapshot, state, sample);
  return {
    flow_id: flow.id,
    flow_name: flow.name,
    state,
    ...(snapshot?.error === undefined ? {} : { error: snapshot.error }),
    health: reasons[0]?.severity ?? "Healthy",
    health_reasons: reasons,
    uptime_secs: snapshot === undefined ? 0 : Math.max(0, Math.floor((nowMs - snapshot.startedAtMs) / 1_000)),
    ...(activeId === undefined ? {} : { active_input_id: activeId }),
    ...timingOf(snapshot, sample),
    ...bandwidthOf(flow, snapshot),
    ...(input?.tr101290 === undefined ? {} : { tr101290: input.tr101290 }),
    ...(input?.media_analysis === undefined ? {} : { media_analysis: input.media_analysis }),
    ...(input?.thumbnail === undefined ? {} : { thumbnail: input.thumbnail }),
    ...(input?.network_legs === undefined ? {} : { network_legs: input.network_legs }),
    ...(input === undefined ? {} : { input: withoutAnalysis(input) }),
    inputs_live: inputs,
    outputs,
  };
};

/** What is said of the active input's stream stands at the flow and in `inputs_live`; a third time would be for nobody. */
const withoutAnalysis = ({
  psi_catalog: _catalog,
  tr101290: _checks,
  media_analysis: _media,
  thumbnail: _thumbnail,
  ...rest
}: InputStats): InputStats => rest;

/** How the packets of the active input come in. */
const timingOf = (snapshot: FlowSnapshot | undefined, sample: Sample): Pick<FlowStats, "iat" | "pdv_jitter_us"> => {
  const active = snapshot?.inputs.find((input) => input.id === snapshot.activeInputId);
  if (snapshot === undefined || active === undefined) {
    return {};
  }
  const interval = sample.rateByPart.get(partKey(snapshot.id, "input", active.id))?.interval;
  const jitter = active.counters["interarrivalJitterUs"] ?? active.analysis?.arrivals?.pdv_jitter_us;
  return {
    ...(interval === undefined ? {} : { iat: { ...gapsOf(active), avg_us: interval } }),
    ...(jitter === undefined ? {} : { pdv_jitter_us: Math.round(jitter) }),
  };
};

/** Told by the lane once a second; there is none before the first second of traffic is over. */
const gapsOf = ({ counters }: PartSnapshot): { min_us?: number; max_us?: number } => {
  const { shortestGapUs: min_us = 0, longestGapUs: max_us = 0 } = counters;
  return max_us > 0 ? { min_us, max_us } : {};
};

/** How the rate of the flow stands to its limit. */
const bandwidthOf = (flow: Flow, snapshot: FlowSnapshot | undefined): Partial<FlowStats> => {
  const { bandwidth_limit: limit } = flow;
  const state = snapshot?.bandwidth ?? "normal";
  return {
    ...(state === "normal" ? {} : { bandwidth_exceeded: true as const }),
    ...(state === "blocked" ? { bandwidth_blocked: true as const } : {}),
    ...(limit === undefined ? {} : { bandwidth_limit_mbps: limit.max_bitrate_mbps }),
  };
};

const inputStats = (flowId: string, part: Part, flow: FlowSnapshot | undefined, sample: Sample, nowMs: number): InputStats => {
  const snapshot = flow?.inputs.find((candidate) => candidate.id === part.id);
  const counters = snapshot?.counters ?? {};
  return {
    ...addressFields(part),
    packets_lost: 0,
    packets_filtered: 0,
    packets_recovered_fec: 0,
    redundancy_switches: 0,
    packets_received: 0,
    bytes_received: 0,
    ...snakeCounters(counters, part),
    input_id: part.id,
    input_name: part.name,
    input_type: part.type,
    state: partState(flow, "input", snapshot, sample, "receiving"),
    ...identityOf(snapshot),
    bitrate_bps: sample.rateByPart.get(partKey(flowId, "input", part.id))?.bitrate ?? 0,
    ...analysisOf(part, snapshot),
    ...thumbnailOf(snapshot, nowMs),
    ...legsOf(part, counters),
    ...srtStatsOf(part, "input", snapshot, wireBitrateOf(flowId, part, "input", sample)),
    ...srtBondingOf(part, snapshot),
  };
};

/** What each of two legs brought. */
const legsOf = (part: Part, counters: PartSnapshot["counters"]): Pick<InputStats, "network_legs"> => {
  const legOf = (leg: "leg1" | "leg2") => ({
    packets_received: counters[`${leg}PacketsReceived`] ?? 0,
    bytes_received: counters[`${leg}BytesReceived`] ?? 0,
    packets_forwarded: counters[`${leg}PacketsForwarded`] ?? 0,
    packets_duplicate: counters[`${leg}PacketsDuplicate`] ?? 0,
  });
  return hasSecondLeg(part)
    ? { network_legs: { red: legOf("leg1"), blue: legOf("leg2"), leg_switches: counters["redundancySwitches"] ?? 0 } }
    : {};
};

const hasSecondLeg = ({ redundancy }: Part): boolean => typeof redundancy === "object" && redundancy !== null;

/** What the analysers found, as they said it: their forms are those of the contract. */
const analysisOf = (part: Part, snapshot: PartSnapshot | undefined): Partial<InputStats> => {
  const { catalog, catalogTick = 0, tr101290, media } = snapshot?.analysis ?? {};
  return {
    ...(catalog === undefined ? {} : { psi_catalog: catalog, psi_catalog_tick: catalogTick }),
    ...(tr101290 === undefined ? {} : { tr101290 }),
    ...(media === undefined ? {} : { media_analysis: { protocol: part.type, payload_format: payloadFormat(snapshot), ...media } }),
  };
};

/** TS by itself or in RTP: whoever orders packets by RTP's numbers counts what was out of order. */
const payloadFormat = (snapshot: PartSnapshot | undefined): string => {
  const {
    rtpStripped = 0,
    packetsReordered,
    failoverActive,
    leg1PacketsForwarded = 0,
    leg2PacketsForwarded = 0,
  } = snapshot?.counters ?? {};
  // Two legs may bring either form; without them nobody orders anything there.
  const isOrdered =
    failoverActive === undefined ? packetsReordered !== undefined : failoverActive === 0 && leg1PacketsForwarded + leg2PacketsForwarded > 0;
  return rtpStripped > 0 || isOrdered ? "rtp_ts" : "raw_ts";
};

const outputStats = (flowId: string, part: Part, flow: FlowSnapshot | undefined, sample: Sample): OutputStats => {
  const snapshot = flow?.outputs.find((candidate) => candidate.id === part.id);
  const counters = snapshot?.counters ?? {};
  return {
    ...addressFields(part),
    packets_sent: 0,
    bytes_sent: 0,
    packets_dropped: 0,
    fec_packets_sent: 0,
    ...snakeCounters(counters, part),
    output_id: part.id,
    output_name: part.name,
    output_type: part.type,
    ...programOf(part),
    state: partState(flow, "output", snapshot, sample, "sending"),
    ...identityOf(snapshot),
    bitrate_bps: sample.rateByPart.get(partKey(flowId, "output", part.id))?.bitrate ?? 0,
    ...(snapshot?.peer === undefined ? {} : { connection: snapshot.peer }),
    ...trustOf(snapshot),
    ...srtStatsOf(part, "output", snapshot, wireBitrateOf(flowId, part, "output", sample)),
    ...srtBondingOf(part, snapshot),
  };
};

/** Bits per second of payloads. */
const wireBitrateOf = (flowId: string, part: Part, side: Side, sample: Sample): number =>
  sample.rateByPart.get(partKey(flowId, side, part.id))?.wireBitrate ?? 0;

const trustOf = (snapshot: PartSnapshot | undefined): Pick<OutputStats, "pcr_trust"> => {
  const trust = snapshot?.pcrTrust;
  return trust === undefined
    ? {}
    : {
        pcr_trust: {
          samples: trust.samples,
          cumulative_samples: trust.samples,
          avg_us: Math.round(trust.averageUs),
          p50_us: Math.round(trust.p50Us),
          p95_us: Math.round(trust.p95Us),
          p99_us: Math.round(trust.p99Us),
          max_us: Math.round(trust.greatestUs),
          window_samples: trust.windowSamples,
          window_p95_us: Math.round(trust.windowP95Us),
        },
      };
};

const programOf = ({ program_number: program }: Part): { program_number?: number } =>
  typeof program === "number" ? { program_number: program } : {};

const identityOf = (snapshot: PartSnapshot | undefined): { error?: { code: string; message: string }; local_addr?: string } => ({
  ...(snapshot?.error === undefined ? {} : { error: snapshot.error }),
  ...(snapshot?.localAddress === undefined ? {} : { local_addr: snapshot.localAddress }),
});

/** What of a part's configuration says where it is; never a credential. */
const addressFields = (part: Part): Record<string, string> => {
  const fields: Record<string, string> = {};
  for (const key of ["bind_addr", "dest_addr", "remote_addr", "listen_addr", "mode"]) {
    const value = part[key];
    if (typeof value === "string") {
      fields[key] = value;
    }
  }
  const { dest_url: url } = part;
  // Behind a question mark some servers want a credential.
  return typeof url === "string" ? { ...fields, dest_url: url.split("?")[0] ?? "" } : fields;
};

/** `lastReceivedUs` is a clock of the lane's own and means nothing outside. */
const INTERNAL_COUNTERS: ReadonlySet<string> = new Set(["lastReceivedUs"]);

const OF_LEGS = /^(?:leg[12][A-Z]|srtLeg[12][A-Z]|pathSkew|failoverActive)/;

/** A counter's name in snake case. There are as many as the declarations have. */
const snakeNames = new Map<string, string>();

const snakeName = (name: string): string => {
  let snake = snakeNames.get(name);
  if (snake === undefined) {
    snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeNames.set(name, snake);
  }
  return snake;
};

/** Those of legs only where there are two. */
const snakeCounters = (counters: Readonly<Record<string, number>>, part: Part): Record<string, number> => {
  const fields: Record<string, number> = {};
  const hasLegs = hasSecondLeg(part);
  for (const name in counters) {
    if (!INTERNAL_COUNTERS.has(name) && (hasLegs || !OF_LEGS.test(name)) && !OF_LINKS.test(name)) {
      fields[snakeName(name)] = counters[name] ?? 0;
    }
  }
  return fields;
};

const partState = <Moving extends "receiving" | "sending">(
  flow: FlowSnapshot | undefined,
  side: Side,
  snapshot: PartSnapshot | undefined,
  sample: Sample,
  moving: Moving,
): "idle" | "starting" | "waiting" | "failed" | Moving => {
  if (flow === undefined || snapshot === undefined) {
    return "idle";
  }
  if (snapshot.state !== "running") {
    return snapshot.state;
  }
  return isMoving(flow, side, snapshot, sample) ? moving : "waiting";
};

const isMoving = (flow: FlowSnapshot, side: Side, part: PartSnapshot, sample: Sample): boolean =>
  (sample.rateByPart.get(partKey(flow.id, side, part.id))?.packets ?? 0) > 0;

/** More packets than this lost in a minute is an error and not a warning. */
const HIGH_LOSS = 100;

const healthReasons = (snapshot: FlowSnapshot, state: FlowState, sample: Sample): Reason[] => {
  const reasons: Reason[] = [];
  const add = (code: string, severity: HealthLevel, detail: string): void => {
    reasons.push({ code, severity, detail });
  };
  const active = snapshot.inputs.find(({ id }) => id === snapshot.activeInputId);
  if (state === "failed") {
    add("flow_failed", "Critical", snapshot.error?.message ?? "The flow or its active input is not open and is tried again.");
  } else if (state === "stalled") {
    const hasInput = snapshot.activeInputId !== undefined;
    add(hasInput ? "no_data" : "no_input", hasInput ? "Critical" : "Warning", hasInput ? "Nothing comes in." : "No input is active.");
  }
  if (snapshot.bandwidth === "blocked") {
    add("bandwidth_blocked", "Error", "The flow is blocked: its input is above the bandwidth limit.");
  } else if (snapshot.bandwidth === "exceeded") {
    add("bandwidth_exceeded", "Warning", "The input is above the flow's bandwidth limit.");
  }
  for (const [side, parts] of [
    ["input", snapshot.inputs],
    ["output", snapshot.outputs],
  ] as const) {
    for (const part of parts) {
      if (part.state === "failed" && part.id !== snapshot.activeInputId) {
        add(`${side}_failed`, "Error", `${part.id}: ${part.error?.message ?? "not open, tried again"}`);
      }
    }
  }
  for (const { id, state: partState, peer } of snapshot.outputs) {
    if (partState === "running" && peer?.code !== undefined && peer.message !== undefined && peer.state !== "publishing") {
      add("output_disconnected", peer.state === "failed" ? "Error" : "Warning", `${id}: ${peer.message}`);
    }
  }
  if (state !== "stalled" && state !== "failed") {
    reasons.push(...(active?.analysis?.reasons ?? []));
  }
  const loss = sample.lossByFlow.get(snapshot.id) ?? { lost: 0, dropped: 0 };
  if (loss.lost > 0) {
    const isHigh = loss.lost > HIGH_LOSS;
    add(isHigh ? "packet_loss_high" : "packet_loss", isHigh ? "Error" : "Warning", `${loss.lost} packets lost in the last minute.`);
  }
  if (loss.dropped > 0) {
    add("output_dropping", "Warning", `${loss.dropped} packets dropped by slow outputs in the last minute.`);
  }
  return reasons.toSorted((a, b) => HEALTH_LEVELS.indexOf(b.severity) - HEALTH_LEVELS.indexOf(a.severity));
};
