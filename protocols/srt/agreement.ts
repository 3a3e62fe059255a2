import type { Instant } from "@bilbycast/foundation/time";
import type { FecShape } from "./packet-filter.ts";
import type { KeySet } from "./key-exchange.ts";

/** What two sockets have agreed on in their handshake. */
export type Agreement = {
  peerSocketId: number;
  peerVersion: number;
  /** Flags of the peer's capabilities. */
  peerFlags: number;
  /** First sequence number that we send, and that the peer sends. */
  initialSequence: number;
  peerInitialSequence: number;
  /** Delay of our receiver and of the peer's. Milliseconds. */
  receiveLatencyMs: number;
  sendLatencyMs: number;
  mss: number;
  /** Packets that the peer lets be under way to it. */
  flowWindow: number;
  /** Time stamp of the handshake that told it, and when it came. */
  stamp: number;
  heardAt: Instant;
  streamId: string;
  filter: FecShape | undefined;
  /** Keys of both directions. */
  keys: KeySet | undefined;
};
