import type { Instant } from "@bilbycast/foundation/time";
import type { BackendName, Capabilities } from "./backends.ts";
import type { LaneSocket, UdpOptions } from "./lane-socket.ts";

/**
 * How another thread rouses a lane that sleeps: 8 bytes to a file descriptor,
 * or a message to a port where the lane lives on an event loop.
 */
export type WakeHandle = { fd: number } | undefined;

/** Rouses another lane from this one, at the price of one system call. */
export type Bell = { ring(): void; close(): void };

/** The only thing that opens UDP sockets: a backend. One per lane. */
export type Driver = {
  readonly name: BackendName;
  readonly capabilities: Capabilities;
  readonly wake: WakeHandle;
  /** Most rows that one `receive` of a socket fills. */
  readonly rows: number;
  /** Native address of the arena's first byte; 0 where there is no native code. */
  readonly base: number;
  now(): Instant;
  /** Throws Errno when the system refuses. `onReadable` is called in the pass in which datagrams wait. */
  open(options: UdpOptions, onReadable: () => void): LaneSocket;
  /** Calls `pass` until stopped: at `deadline()`, when a socket has something, when it is woken. */
  run(pass: LanePass): void;
  stop(): void;
  /** Closes every socket and descriptor; after `run` has ended, however it did. */
  close(): void;
  /** A bell at the lane whose `wake` this is. Throws Errno. Absent on an event loop, where lanes wait for shared memory. */
  bell?(wake: { fd: number }): Bell;
  /** On an event loop: look again at when the next pass is due, because something set a deadline outside of one. */
  nudge?(): void;
};

export type LanePass = {
  /** Handles what is ready: sockets were called just before. */
  pass(): void;
  /** The pass is over; `now` is read once more, since it took time. */
  end(now: Instant): void;
  /** A message from another thread may wait. */
  onWake(): void;
  /** When the next pass must begin at the latest. */
  deadline(): Instant;
  /** Microseconds; after a pass that moved packets the lane sleeps to the next multiple. 0: not at all. */
  tick(): number;
  /** True when the last pass moved packets. */
  moved(): boolean;
  /** Sets the time that everybody in the pass sees. */
  begin(now: Instant): void;
};
