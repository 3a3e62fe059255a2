import type { AnalysisWishes, InputReport } from "@bilbycast/engine/analysis";
import type { PeerState } from "@bilbycast/engine/transport";
import type { PcrTrustFigures } from "@bilbycast/protocols/mpegts";
import type { MediaSnapshot } from "./engine-media.ts";
import type { PictureSnapshot } from "./flow-pictures.ts";

/** An input or an output as the engine is asked to run it: configuration already checked by its declaration. */
export type PartSpec = {
  id: string;
  kind: string;
  config: Readonly<Record<string, unknown>>;
  /** Which one it is of an output that is spread over so many lanes; absent: it is on one. `spread` says it, people do not. */
  share?: { index: number; count: number };
};

/** A bound on the rate of what an input brings to the bus. */
export type Bandwidth = {
  /** Bits per second of units. */
  maxBitrate: number;
  /** alarm: told, and all passes. block: told, and nothing passes until the rate is normal. */
  action: "alarm" | "block";
  /** Microseconds that the rate must be over the bound without a break. */
  graceUs: number;
};

/** Microseconds from one picture to the next, and the program that they show: the lowest with video when absent. */
export type FlowPictureWishes = { interval: number; program?: number };

/** How the rate of a flow stands to its bound. */
export type BandwidthState = "normal" | "exceeded" | "blocked";

/** A flow as the engine is asked to run it. */
export type FlowSpec = {
  id: string;
  /** Size of the ring that the flow's packets live on. `packets` is a power of two. */
  bus: { bytes: number; packets: number };
  /** Bound of each output's queue, in packets; at most bus.packets. */
  queue: number;
  inputs: readonly PartSpec[];
  /** The input that is on the bus; `undefined` when none is. */
  active: string | undefined;
  outputs: readonly PartSpec[];
  /** Absent: the rate is not watched. */
  bandwidth?: Bandwidth;
  /** What is looked for in its inputs; absent: their programs alone. */
  analysis?: Omit<AnalysisWishes, "pictures">;
  /** Pictures that are made of its inputs; absent: none. */
  pictures?: FlowPictureWishes;
};

/** starting: not answered yet; running: open, data or not; failed: could not be opened or died, the supervisor tries again. */
export type PartState = "starting" | "running" | "failed";

export type PartSnapshot = {
  id: string;
  kind: string;
  state: PartState;
  /** Why it is not running. */
  error?: { code: string; message: string };
  /** The address that the system gave, `ip:port`. */
  localAddress?: string;
  /** Of an output that keeps a connection: how the other end stands. */
  peer?: PeerState;
  /** Of an output: how well its PCRs kept their distance; absent before the first. */
  pcrTrust?: PcrTrustFigures;
  /** Of an input: what the analysers say of it. */
  analysis?: InputReport;
  /** Of an input: what is known of its pictures; absent while none are wished for. */
  pictures?: PictureSnapshot;
  /** Every meter of the part by its name: those of `part-stats.ts` and those of its declaration. Totals since it was opened. */
  counters: Readonly<Record<string, number>>;
};

export type FlowSnapshot = {
  id: string;
  state: PartState;
  error?: { code: string; message: string };
  /** Milliseconds since the epoch. */
  startedAtMs: number;
  lane: number;
  activeInputId?: string;
  /** There while the flow has a bandwidth limit. */
  bandwidth?: BandwidthState;
  inputs: PartSnapshot[];
  outputs: PartSnapshot[];
};

export type LaneSnapshot = {
  lane: number;
  backend: string;
  /** What the backend in use can do here. */
  capabilities: Readonly<Record<string, boolean>>;
  /** Microseconds; 0 when the lane wakes for each packet. */
  tick: number;
  counters: Readonly<Record<string, number>>;
};

export type EngineSnapshot = {
  flows: FlowSnapshot[];
  lanes: LaneSnapshot[];
  /** Absent where the engine has no codecs. */ media?: MediaSnapshot;
};

export type EngineEvent = {
  severity: "info" | "warning" | "critical";
  /** Group of the catalogue: flow, udp, rtp, media_player, lane … */
  category: string;
  code: string;
  message: string;
  flowId?: string;
  inputId?: string;
  outputId?: string;
  details?: Readonly<Record<string, unknown>>;
};
