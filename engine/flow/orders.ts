import type { FaultBody } from "@bilbycast/foundation/fault";
import type { RingLayout } from "@bilbycast/engine/io";
import type { MessagePort } from "node:worker_threads";
import type { FlowSpec, PartSpec } from "./spec.ts";

/** A part as its lane is told to open it: `meters` is the first index of its block. `wake`: how a session rouses a lane without a descriptor. */
export type PartOrder = PartSpec & { meters: number; wake?: MessagePort };

export type FlowOrder = Omit<FlowSpec, "inputs" | "outputs"> & {
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
  | { do: "switchInput"; flowId: string; inputId: string | undefined }
  /** Readers of other threads may come: the bus keeps their words up to date from now on. */
  | { do: "shareBus"; flowId: string }
  | { do: "stop" };

/** What is known of a part once it is open. `lent`: the ring that its session is to fill. */
export type PartOpened = { partId: string; localAddress?: string; lent?: RingLayout; fault?: FaultBody };

export type OrderResult = { parts?: PartOpened[]; bus?: RingLayout };

export type LaneAnswer = { answer: number; result: OrderResult } | { answer: number; fault: FaultBody };

/** What a lane says of itself. */
export type LaneReport =
  | { report: "ready"; backend: string; capabilities: Record<string, boolean>; wakeFd: number | undefined; memory: object }
  | { report: "flowDied"; flowId: string; serial: number; message: string; stack: string }
  /** An error of ours that ended nothing. */
  | { report: "mishap"; message: string; stack: string }
  | { report: "event"; flowId: string; partId: string; severity: "info" | "warning" | "critical"; code: string; message: string };

export type LaneMessage = LaneAnswer | LaneReport;

/** Everything that a lane's thread is born with. */
export type LaneBirth = {
  port: MessagePort;
  lane: number;
  meters: SharedArrayBuffer;
  /** Buffer of the lane's DescriptorLedger. */
  descriptors: SharedArrayBuffer;
  backend: "koffi" | "dgram";
  capabilities: Record<string, boolean>;
  arenaBytes: number;
  tick: "auto" | number;
};
