import type { MessagePort } from "node:worker_threads";

/** What a load is made of. */
export type LoadPlan = {
  seed: number;
  /** `ip:port` that each stream is sent to. */
  streams: string[];
  /** Datagrams per second of each stream. */
  rate: number;
  /** Hand several datagrams to the kernel as one train, as a fast sender does. */
  trains: boolean;
  rtp: boolean;
  /** `sinks[i]`: the stream that the sink is to get; each gets a port of its own. */
  sinks: number[];
  /** Where the sinks listen: `ip:port`, port 0 where the system may choose. */
  listen?: string;
};

export type SinkReport = {
  stream: number;
  received: number;
  /** Numbers that never came, below the highest that did. */
  missing: number;
  /** Came after a higher number. */
  reordered: number;
  /** Not a datagram that was ever sent. */
  foreign: number;
  first: number;
  last: number;
};

export type LoadOrder = { do: "send"; seconds: number } | { do: "report" } | { do: "stop" };
export type LoadAnswer = { ports: number[]; wakeFd: number } | { sent: number[] } | { sinks: SinkReport[] } | { stopped: true };

export type LoadBirth = { port: MessagePort; plan: LoadPlan };
