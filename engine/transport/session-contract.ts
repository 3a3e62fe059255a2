import type { Fault } from "@bilbycast/foundation/fault";
import type { Instant } from "@bilbycast/foundation/time";
import type { Declaration } from "./declare.ts";
import type { EventReport, FaultCode, InputConfig, Running, Stats } from "./lane-contract.ts";

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

export type SessionInputContext<D extends Declaration> = {
  readonly stats: Stats<D>;
  readonly sink: UnitSink;
  now(): Instant;
  /** 32 random bits. */
  random32(): number;
  timer(onDue: () => void): SessionTimer;
  /** Opens a file of the media library by its name. Rejects with the Fault `media_name_invalid` or `media_not_found`. */
  openMedia(name: string): Promise<MediaFile>;
  fault(code: FaultCode<D>, cause?: unknown): Fault;
  report(event: EventReport): void;
  /** Ends this input with an error of ours; the supervisor starts it again with back-off. */
  fail(cause: unknown): void;
};

export type OpenSessionInput<D extends Declaration> = (
  config: InputConfig<D>,
  context: SessionInputContext<D>,
) => Running | Promise<Running>;
