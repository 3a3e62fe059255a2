import type { MediaMachine, Memory, Packetizer, SenderMachine, Tally } from "@bilbycast/foundation/packets";
import type { Fault } from "@bilbycast/foundation/fault";
import type { z } from "zod";
import type { Declaration } from "./declare.ts";

/** A half of a transport as the configuration describes it: the declared fields, and nothing of the envelope. */
export type InputConfig<D extends Declaration> = D["input"] extends z.ZodObject ? z.output<D["input"]> : never;
export type OutputConfig<D extends Declaration> = D["output"] extends z.ZodObject ? z.output<D["output"]> : never;

export type FaultCode<D extends Declaration> = keyof D["faults"] & string;

/** One meter per declared stat. */
export type Stats<D extends Declaration> = { readonly [K in keyof D["stats"] & string]: Tally };

/** Something that a person should hear of; emitted on a transition, never per packet. */
export type EventReport = { severity: "info" | "warning" | "critical"; code: string; message: string; details?: Record<string, unknown> };

export type Running = { close(): void };

export type ReceiveOptions<D extends Declaration> = {
  /** Local `ip:port`. */
  bind: string;
  /** Code of the Fault when the port cannot be had. */
  fault: FaultCode<D>;
};

export type SendOptions<D extends Declaration> = {
  /** Peer `ip:port`. */
  to: string;
  /** Local `ip:port`; the system chooses when absent. */
  bind?: string;
  /** Differentiated services code point, 0 to 63. */
  dscp: number;
  /** False: single datagrams only, for receivers and paths that do not bear bursts. */
  trains: boolean;
  fault: FaultCode<D>;
};

export type InputContext<D extends Declaration> = {
  readonly memory: Memory;
  readonly stats: Stats<D>;
  fault(code: FaultCode<D>, cause?: unknown): Fault;
  /** Opens a socket whose datagrams go through the machine to the flow's bus. */
  receive(options: ReceiveOptions<D>, machine: MediaMachine): Running;
};

export type OutputContext<D extends Declaration> = {
  readonly memory: Memory;
  readonly stats: Stats<D>;
  /** 32 random bits, for SSRCs and first sequence numbers. */
  random32(): number;
  fault(code: FaultCode<D>, cause?: unknown): Fault;
  /** Opens a connected socket that carries what the packetizer makes of the flow's bus. */
  send(options: SendOptions<D>, packetizer: Packetizer | SenderMachine): Running;
};

export type OpenInput<D extends Declaration> = (config: InputConfig<D>, context: InputContext<D>) => Running;
export type OpenOutput<D extends Declaration> = (config: OutputConfig<D>, context: OutputContext<D>) => Running;
