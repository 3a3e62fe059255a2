import type { FaultBody } from "@bilbycast/foundation/fault";
import type { RingLayout } from "@bilbycast/engine/io";
import type { MessagePort } from "node:worker_threads";
import type { EventReport, PeerState, TestSignalSpec } from "@bilbycast/engine/transport";
import type { PartSpec } from "./spec.ts";

/** How a session rouses its lane: a descriptor of the same process, or a port where the lane lives on an event loop. */
export type LaneWake = { fd: number } | { port: MessagePort };

/** Where a session meets its lane: a ring that it fills, or the flow's bus, of which it may lag behind by `queue` packets. */
export type SessionPlace =
  | { direction: "input"; ring: RingLayout; wake: LaneWake }
  | { direction: "output"; bus: RingLayout; queue: number };

export type SessionOrder =
  /** `key` names the part among all sessions; `memory` is the lane's WebAssembly.Memory. */
  | {
      do: "open";
      key: string;
      part: PartSpec;
      meters: number;
      table: SharedArrayBuffer;
      memory: object;
      place: SessionPlace;
      mediaFolder: string;
    }
  | { do: "close"; key: string }
  | { do: "stop" };

export type SessionMessage =
  | { answer: number; fault?: FaultBody }
  | { report: "failed"; key: string; message: string; stack: string }
  | { report: "event"; key: string; event: EventReport }
  | { report: "peer"; key: string; peer: PeerState }
  /** It wants an encoder; `port` is transferred. */
  | { report: "encode"; key: string; spec: TestSignalSpec; port: MessagePort };
