import type { Declaration } from "./declare.ts";
import type { InputContext, OutputContext, Running } from "./lane-contract.ts";
import type { SessionInputContext, SessionOutputContext } from "./session-contract.ts";

/** A transport as the generated registry holds it: the declaration, and its halves with their types erased. */
export type TransportModule = LaneTransport | SessionTransport;

export type LaneTransport = {
  readonly runsOn: "lane";
  readonly declaration: Declaration;
  readonly openInput?: (config: never, context: InputContext<never>) => Running;
  readonly openOutput?: (config: never, context: OutputContext<never>) => Running;
};

export type SessionTransport = {
  readonly runsOn: "session";
  readonly declaration: Declaration;
  readonly openInput?: (config: never, context: SessionInputContext<never>) => Running | Promise<Running>;
  readonly openOutput?: (config: never, context: SessionOutputContext<never>) => Running | Promise<Running>;
};

/** Every transport by its kind. */
export type Registry = ReadonlyMap<string, TransportModule>;
