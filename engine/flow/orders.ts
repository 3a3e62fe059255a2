import type { FaultBody } from "@bilbycast/foundation/fault";
import type { BackendName, Lack, RingLayout } from "@bilbycast/engine/io";
import type { Instant } from "@bilbycast/foundation/time";
import type { EventReport } from "@bilbycast/engine/transport";
import type { MessagePort } from "node:worker_threads";
import type { Mirrored } from "./mirror.ts";
import type { SwitchOutcome } from "./switch-watch.ts";
import type { Bandwidth, BandwidthState, FlowSpec, PartSpec } from "./spec.ts";

/** A bus as other threads find it: the lane's WebAssembly.Memory and where in it. */
export type BusTap = { memory: object; layout: RingLayout };

/** What an output knows of the others that it is one with: the memory that they share, and where the first one listens. */
export type ShareOrder = { index: number; count: number; board: SharedArrayBuffer; bind?: string };

/** Where an input that reads another flow finds it: on its own lane, or in the memory of another. */
export type TapOrder = { flowId: string } | BusTap;

/**
 * A part as its lane is told to open it: `meters` is the first index of its block. `wake`: how a session rouses a lane without a descriptor.
 * `tap`: for an input that reads another flow; `share`: for an output that is one of several.
 */
export type PartOrder = Omit<PartSpec, "share"> & {
  meters: number;
  /** Number of the part, by which analysers know an input. */
  tag: number;
  mirrored: Mirrored;
  wake?: MessagePort;
  tap?: TapOrder;
  share?: ShareOrder;
};

export type FlowOrder = Omit<FlowSpec, "inputs" | "outputs" | "analysis"> & {
  /** Tells this flow from others of its id, before and after. */ serial: number;
  inputs: PartOrder[];
  outputs: PartOrder[];
};

/** What main tells a lane: data, the steps of a plan. */
export type Order =
  /** `tolerant`: parts that cannot open are left out and named in the answer; else one of them refuses the whole flow. */
  | { do: "openFlow"; flow: FlowOrder; tolerant: boolean }
  | { do: "closeFlow"; flowId: string }
  | { do: "addInput"; flowId: string; part: PartOrder }
  | { do: "removeInput"; flowId: string; partId: string }
  /** `replaces`: the output whose place it takes between two packets, so that its receiver gets each packet once. */
  | { do: "addOutput"; flowId: string; part: PartOrder; replaces?: string }
  | { do: "removeOutput"; flowId: string; partId: string }
  /** `commandedAt`: the instant of the command; then a report says what became of it. */
  | { do: "switchInput"; flowId: string; inputId: string | undefined; commandedAt?: Instant }
  /** Another bound on the flow's rate, or none. */
  | { do: "limitBandwidth"; flowId: string; bandwidth: Bandwidth | undefined }
  /** Readers of other threads may come: the bus keeps their words up to date from now on. `listener`: a lane that is to be roused. */
  | { do: "shareBus"; flowId: string; listener?: { reader: string; wakeFd: number | undefined } }
  /** That listener is no more. */
  | { do: "unshareBus"; flowId: string; reader: string }
  /** The analysers of this lane's inputs begin: a ring for them is made once. */
  | { do: "mirror" }
  /** They get more or less of one input. */
  | { do: "mirrorInput"; flowId: string; partId: string; mirrored: Mirrored }
  | { do: "stop" };

/** What is known of a part once it is open. `lent`: the ring that its session is to fill; `lacking`: what it was opened without. */
export type PartOpened = {
  partId: string;
  localAddress?: string;
  lent?: RingLayout;
  lacking?: readonly Lack[];
  /** Offset of the PCR trust of an output in the lane's memory. */
  pcrTrust?: number;
  fault?: FaultBody;
};

/** `bus`: of the flow, or the lane's mirror. */
export type OrderResult = { parts?: PartOpened[]; bus?: RingLayout };

export type LaneAnswer = { answer: number; result: OrderResult } | { answer: number; fault: FaultBody };

/** What a lane says of itself. */
export type LaneReport =
  | { report: "ready"; backend: string; capabilities: Record<string, boolean>; wakeFd: number | undefined; memory: object }
  | { report: "flowDied"; flowId: string; serial: number; message: string; stack: string }
  /** The rate of a flow stands otherwise to its bound; `bitrate` is the last sample's. */
  | { report: "bandwidth"; flowId: string; serial: number; state: BandwidthState; bitrate: number }
  /** A switch is through, or is not in time. */
  | { report: "switch"; flowId: string; serial: number; outcome: SwitchOutcome }
  /** An error of ours that ended nothing. */
  | { report: "mishap"; message: string; stack: string }
  /** What a part says of itself. */
  | { report: "event"; flowId: string; serial: number; partId: string; event: EventReport };

export type LaneMessage = LaneAnswer | LaneReport;

/** Everything that a lane's thread is born with. */
export type LaneBirth = {
  port: MessagePort;
  lane: number;
  meters: SharedArrayBuffer;
  /** Buffer of the lane's DescriptorLedger. */
  descriptors: SharedArrayBuffer;
  backend: BackendName;
  capabilities: Record<string, boolean>;
  arenaBytes: number;
  tick: "auto" | number;
};
