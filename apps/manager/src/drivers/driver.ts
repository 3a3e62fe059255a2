/** One number that a card or a page shows. */
export type Metric = { name: string; value: number; unit: string };

/** A command that a kind of device takes. */
export type DriverCommand = {
  name: string;
  description: string;
  requires_role: "viewer" | "operator" | "admin";
  /** True: the configuration may differ afterwards. */
  changes_config: boolean;
  /** Milliseconds that its acknowledgement is waited for. */
  ack_wait_ms: number;
};

export const FLOW_HEALTHS = ["Healthy", "Warning", "Error", "Critical"] as const;
export type FlowHealth = (typeof FLOW_HEALTHS)[number];

/** A flow as lists, history and alarms need it. Rates in bit/s; null: not known. */
export type FlowSummary = {
  flow_id: string;
  name: string;
  state: string;
  health: FlowHealth | null;
  bitrate_in_bps: number | null;
  bitrate_out_bps: number | null;
  /** Counted since the flow started. */
  packets_received: number | null;
  packets_lost: number | null;
  rtt_ms: number | null;
  active_input_id: string | null;
  /** What the list of all flows has besides; a kind of device may know none of it. */
  more?: FlowFacts;
};

export type FlowFacts = {
  /** Seconds for which it has run. */
  uptime_secs: number | null;
  inputs: readonly { id: string; name: string; kind: string; state: string }[];
  outputs: number;
};

/** What of a node's statistics everybody is shown, whatever kind it is. */
export type NodeSummary = {
  uptime_secs: number | null;
  cpu_percent: number | null;
  ram_percent: number | null;
  active_flows: number | null;
  total_flows: number | null;
  flows: readonly FlowSummary[];
  metrics: readonly Metric[];
};

export type ConfigFinding = { path: string; code: string; message: string; severity: "error" | "warning" };

/** What is known of the configuration of a kind of device that has one. */
export type DriverConfiguration = {
  /** Names of fields that are shown to nobody, in lower case. */
  readonly secretNames: ReadonlySet<string>;
  /** Everything that stands against it, ports that are taken twice among them. */
  check(config: Readonly<Record<string, unknown>>): ConfigFinding[];
  /** Ids of flows that stop for a moment when one becomes the other. */
  restartsOf(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[];
  /** The command that replaces the whole of it. */
  replaceAction(config: Readonly<Record<string, unknown>>): { type: string; [field: string]: unknown };
  /** JSON Schema, for nodes that do not tell their own. */
  schema(): Record<string, unknown>;
};

/** A flow and what it may carry, by the node's configuration. */
export type FlowLayout = {
  flow_id: string;
  name: string;
  inputs: readonly { input_id: string; name: string }[];
  outputs: readonly { output_id: string; name: string; is_open: boolean }[];
};

/** What a flow carries, by the node's statistics. */
export type CarriedFlow = {
  flow_id: string;
  is_running: boolean;
  active_input_id: string | null;
  /** Of each input: what comes in. */
  inputs: readonly { input_id: string; signal: "good" | "bad" | "unknown"; reason: string | null }[];
};

/** What a node told of a switch when it was through, or was given up. */
export type SwitchProof = {
  flow_id: string;
  input_id: string;
  is_confirmed: boolean;
  /** Why not. */
  reason: string | null;
  /** First datagram of the new source on each output, in milliseconds from when the node was told; null: none was seen. */
  outputs: readonly { output_id: string; first_datagram_ms: number | null }[];
};

/** What is known of a kind of device whose flows can be switched between inputs. Whatever a node said may be anything. */
export type DriverSwitching = {
  layoutOf(config: Readonly<Record<string, unknown>>): FlowLayout[];
  carriedBy(stats: unknown): CarriedFlow[];
  activateAction(flowId: string, inputId: string, splice: string | undefined): { type: string; [field: string]: unknown };
  /** Of the answer to the action: whether that input was on air already, so that nothing will be told; undefined: it does not say so. */
  wasSo(answer: unknown): boolean | undefined;
  proofOf(event: {
    readonly details?: Readonly<Record<string, unknown>> | null | undefined;
    readonly flow_id?: unknown;
  }): SwitchProof | undefined;
};

/**
 * One kind of device. Everything that knows what it is stands here; hub, database, routes and pages know drivers and no kind.
 * Statistics and health are as the node sent them, and may be anything.
 */
export type DeviceDriver = {
  readonly deviceType: string;
  readonly displayName: string;
  readonly commands: readonly DriverCommand[];
  /** What is wrong with a command that is to be sent, in words; undefined: nothing. */
  validateCommand(action: { readonly type: string; readonly [field: string]: unknown }): { message: string; field?: string } | undefined;
  summaryOf(stats: unknown): NodeSummary;
  statusOf(health: unknown): "online" | "degraded" | "error";
  readonly configuration?: DriverConfiguration;
  readonly switching?: DriverSwitching;
  /** Parts of the node's page that it fills: flows, config, pictures, tunnels. */
  readonly sections: readonly string[];
  readonly topology: { readonly icon: string; readonly list_in_topology: boolean };
};
