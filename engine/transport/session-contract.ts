import type { Fault } from "@bilbycast/foundation/fault";
import type { Instant } from "@bilbycast/foundation/time";
import type { Declaration } from "./declare.ts";
import type { Encoder, EncoderHooks, TestSignalSpec } from "./encoder-contract.ts";
import type { EventReport, FaultCode, InputConfig, OutputConfig, Running, Stats } from "./lane-contract.ts";

/** A file of the media library. */
export type MediaFile = {
  /** Bytes. */
  readonly size: number;
  /** Fills `into` from byte `at`; returns how many bytes it got, 0 at the end. */
  read(into: Uint8Array, at: number): Promise<number>;
  close(): Promise<void>;
};

/** One callback at a time; `set` replaces the time, `close` forgets it. */
export type SessionTimer = { set(at: Instant): void; close(): void };

/**
 * The way from a session to the lane that carries its flow. The lane lets each unit onto the bus when it is due,
 * to the microsecond, so a session works ahead and its own timers need not be exact.
 */
export type UnitSink = {
  /** Units that fit now without overtaking the lane. */
  room(): number;
  /** Copies one unit in; `due` never runs backwards. `false` when there is no room: nothing was written. */
  write(unit: Uint8Array, due: Instant): boolean;
  /** Makes what was written visible to the lane and wakes it if it sleeps. */
  flush(): void;
};

/** What every session is given, whatever it does. */
type SessionContext<D extends Declaration> = {
  readonly stats: Stats<D>;
  /** Of the part in the configuration. */
  readonly id: string;
  now(): Instant;
  /** Milliseconds since the epoch: it may jump. */
  timeOfDayMs(): number;
  /** 32 random bits. */
  random32(): number;
  timer(onDue: () => void): SessionTimer;
  fault(code: FaultCode<D>, cause?: unknown): Fault;
  report(event: EventReport): void;
  /** Ends this part with an error of ours; the supervisor starts it again with back-off. */
  fail(cause: unknown): void;
};

export type SessionInputContext<D extends Declaration> = SessionContext<D> & {
  readonly sink: UnitSink;
  /** Opens a file of the media library by its name. Rejects with the Fault `media_name_invalid` or `media_not_found`. */
  openMedia(name: string): Promise<MediaFile>;
  /** Has something encoded in a process of its own. */
  encode(spec: TestSignalSpec, hooks: EncoderHooks): Encoder;
};

/** Where a connection goes. `tls`: ciphered, and the server's certificate must be one for `host` that this machine trusts. */
export type ConnectOptions = { host: string; port: number; tls: boolean };

/** Why a connection is over: it did not come about (the first six), or ended. */
export type ConnectionEnd =
  | "name_not_found"
  | "connection_refused"
  | "unreachable"
  | "connect_timeout"
  | "certificate_refused"
  | "tls_failed"
  | "connection_reset"
  | "ended";

/** Who hears of a connection. Nothing is told after `closed`, nor after the session closed it. */
export type ConnectionListener = {
  connected(): void;
  /** The bytes are borrowed for the call. */
  received(bytes: Uint8Array): void;
  /** The system has taken everything that was written. */
  drained(): void;
  /** `message` is for people and has nothing of what was sent. */
  closed(end: ConnectionEnd, message: string): void;
};

export type Connection = {
  /** The bytes are the connection's from now on. */
  write(bytes: Uint8Array): void;
  /** Bytes written that the system has not taken. */
  readonly waiting: number;
  /** Sends what waits if that can be done within half a second, and closes. */
  close(): void;
  /** Closes at once. */
  abort(): void;
};

/** How the other end of a part's connection stands, for people; `code` and `message` say why where that is known. */
export type PeerState = { state: string; code?: string; message?: string };

export type SessionOutputContext<D extends Declaration> = SessionContext<D> & {
  /**
   * Gives every unit of the flow's bus from now on, a few milliseconds late; its bytes are borrowed for the call. What the bus has overwritten
   * before it could be read is counted as dropped.
   */
  receive(onUnit: (unit: Uint8Array) => void): Running;
  /** Opens a TCP connection; the name is looked up, and all else done, beside the lanes. Never throws. */
  connect(options: ConnectOptions, listener: ConnectionListener): Connection;
  /** Replaces what is said of the other end. */
  peer(state: PeerState): void;
};

export type OpenSessionInput<D extends Declaration> = (
  config: InputConfig<D>,
  context: SessionInputContext<D>,
) => Running | Promise<Running>;

export type OpenSessionOutput<D extends Declaration> = (
  config: OutputConfig<D>,
  context: SessionOutputContext<D>,
) => Running | Promise<Running>;
