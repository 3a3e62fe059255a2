import type { EgressStage, MediaMachine, Memory, Packetizer, PacketRing, SenderMachine, Tally } from "@bilbycast/foundation/packets";
import type { Crypto } from "@bilbycast/foundation/crypto";
import type { Fault } from "@bilbycast/foundation/fault";
import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import type { z } from "zod";
import type { Declaration } from "./declare.ts";

/** A half of a transport as the configuration describes it: the declared fields, and nothing of the envelope. */
export type InputConfig<D extends Declaration> = D["input"] extends z.ZodObject ? z.output<D["input"]> : never;
export type OutputConfig<D extends Declaration> = D["output"] extends z.ZodObject ? z.output<D["output"]> : never;

export type FaultCode<D extends Declaration> = keyof D["faults"] & string;

/** One meter per declared stat. */
export type Stats<D extends Declaration> = { readonly [K in keyof D["stats"] & string]: Tally };

/** Something that a person should hear of; emitted on a transition, never per packet. */
export type EventReport = {
  severity: "info" | "warning" | "critical";
  /** Group of the catalogue; the transport's kind when absent. */
  category?: string;
  code: string;
  message: string;
  details?: Record<string, unknown>;
};

export type Running = { close(): void };

/** The only network interface that a socket is to use. `strict`: refused when it cannot be had, else a warning. */
export type DeviceBinding = { name: string; strict: boolean };

/** Which of an output's packets may leave. Packets wait on the bus, not in here. */
export type Pacer = {
  /** Longest time that a packet waits; the bus must hold what arrives meanwhile. */
  readonly hold: Microseconds;
  /** Number behind the last packet from `next` on that may leave now. */
  allow(ring: PacketRing, next: number, now: Instant): number;
  /** When the packet `next` may leave; NEVER when it has not come. */
  due(ring: PacketRing, next: number): Instant;
};

/**
 * Marks those sockets of a part of which any one is enough: one that cannot be opened is tried again while another is open,
 * and the part is refused only when none is. `isOpen`: 1 while this one is.
 */
export type Spare = { readonly isOpen: Tally };

/** What is counted for one socket of several, besides the counters of the output. */
export type SendTallies = { readonly packetsSent: Tally; readonly bytesSent: Tally; readonly packetsDropped: Tally };

export type ReceiveOptions<D extends Declaration> = {
  /** Local `ip:port`; a multicast group is joined. */
  bind: string;
  /** IP of the interface by which the group is joined. */
  interface?: string;
  /** The only sender that is heard in the group. */
  source?: string;
  device?: DeviceBinding;
  spare?: Spare;
  /** The one peer, `ip:port`: nobody else is heard, and what the machine says goes there. Absent: whoever writes is heard. */
  to?: string;
  /** Differentiated services code point of what the machine says, 0 to 63; the system's own when absent. */
  dscp?: number;
  /** Routers that it may pass, 1 to 255; the system's own number when absent. */
  ttl?: number;
  /** Code of the Fault when the port cannot be had. */
  fault: FaultCode<D>;
};

/** An output that serves its port together with others of its kind, each on a lane of its own. */
export type LaneShare = {
  readonly index: number;
  readonly count: number;
  /** Memory that all of them see, zeroes at the beginning; the first one opens before the others. */
  readonly board: Int32Array;
};

export type SendOptions<D extends Declaration> = {
  /** Peer `ip:port`, or a multicast group; absent: a machine's peers come by themselves, and it names each one. */
  to?: string;
  /** IP of the interface by which a group is sent to. */
  interface?: string;
  /** Routers that a datagram may pass, 1 to 255; the system's own number when absent. */
  ttl?: number;
  device?: DeviceBinding;
  /** Packets leave when it says; absent: at once. */
  pacer?: Pacer;
  /** What packets become on their way out; absent: they leave as they are. Senders that are given the same one send the same; the last one closes it. */
  stage?: EgressStage;
  /** Local `ip:port`; the system chooses when absent. */
  bind?: string;
  /** Where lanes may share the port: how many at most, and which words of a datagram name the one that it is for (`PortShare` of the lanes). */
  lanes?: { most: number; by: readonly number[] };
  /** Differentiated services code point, 0 to 63. */
  dscp: number;
  /** False: single datagrams only, for receivers and paths that do not bear bursts. */
  trains: boolean;
  spare?: Spare;
  counts?: SendTallies;
  fault: FaultCode<D>;
};

export type InputContext<D extends Declaration> = {
  readonly memory: Memory;
  readonly stats: Stats<D>;
  /** Works on `memory`. */
  readonly crypto: Crypto;
  fault(code: FaultCode<D>, cause?: unknown): Fault;
  report(event: EventReport): void;
  /** Opens a socket whose datagrams go through the machine to the flow's bus. */
  receive(options: ReceiveOptions<D>, machine: MediaMachine): Running;
};

export type OutputContext<D extends Declaration> = {
  readonly memory: Memory;
  readonly stats: Stats<D>;
  /** Where it is one of several; only where its declaration allows more than one lane. */
  readonly share?: LaneShare;
  /** 32 random bits, for SSRCs and first sequence numbers. */
  random32(): number;
  /** Works on `memory`. */
  readonly crypto: Crypto;
  report(event: EventReport): void;
  fault(code: FaultCode<D>, cause?: unknown): Fault;
  /** Opens a connected socket that carries what the packetizer makes of the flow's bus. */
  send(options: SendOptions<D>, packetizer: Packetizer | SenderMachine): Running;
};

export type OpenInput<D extends Declaration> = (config: InputConfig<D>, context: InputContext<D>) => Running;
export type OpenOutput<D extends Declaration> = (config: OutputConfig<D>, context: OutputContext<D>) => Running;
