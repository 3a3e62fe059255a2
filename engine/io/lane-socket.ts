import type { SplitAddress } from "@bilbycast/foundation/address";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Lack } from "./backends.ts";
import type { SendList } from "./send-list.ts";
import type { PortShare } from "./steering.ts";

export type UdpOptions = {
  /** Local address; the system chooses when absent. A multicast group: the socket joins it, and leaves it when it closes. */
  bind?: SplitAddress;
  /** The one peer: the socket is connected to it and takes nothing from anybody else. */
  to?: SplitAddress;
  /** Differentiated services code point of what is sent, 0 to 63. */
  dscp?: number;
  /** IP of the interface by which a group is joined or sent to; the system chooses when absent. */
  interface?: string;
  /** The only sender that is heard in the group. */
  source?: string;
  /** Routers that what is sent may pass, 1 to 255; the system's own number when absent. */
  ttl?: number;
  /** The only interface that the socket uses. `strict`: refused when it cannot be had, else opened without and told in `lacking`. */
  device?: { name: string; strict: boolean };
  /**
   * Nothing that the peer says is wanted: the socket is never readable and keeps next to nothing.
   * That its port is closed is still learned, from the next datagram that is sent.
   */
  deaf?: boolean;
  /** The port is to be served by so many lanes at most; one serves it alone where `share` is absent. */
  lanes?: number;
  share?: PortShare;
  /** Let the kernel join datagrams that come in a row, and cut trains that go out, where the backend can. */
  trains: boolean;
};

/** Bytes of datagrams that the kernel keeps for a socket while the lane is elsewhere: a third of a second at 200 Mbit/s. */
export const SOCKET_BUFFER = 16 * 2 ** 20;

/** A UDP socket as a lane has it, whichever backend opened it. */
export type LaneSocket = {
  /** Local `ip:port` as the system gave it; empty until `opened`. */
  readonly localAddress: string;
  /** What was asked of it and the backend cannot do. */
  readonly lacking: readonly Lack[];
  /** True while trains may leave by it; the kernel may refuse one later, and then it is false for good. */
  trains: boolean;
  /** Backends that cannot bind at once settle it later; it rejects with an Errno. `undefined`: open already. */
  readonly opened: Promise<void> | undefined;
  /** Fills the batch (cleared by the caller) with what waits, without waiting. True when there may be more. */
  receive(batch: PacketBatch): boolean;
  /** Bytes of what `receive` gave last. */
  readonly receivedBytes: number;
  /** Datagrams longer than a slot since the last call. */
  takeOversize(): number;
  /** Answers "nobody listens here" from the peer's machine that `receive` met since the last call. */
  takeUnreachable(): number;
  /** Hands messages [from, from + count) of the list to the system. Returns how many it took, or the negated error number. */
  send(list: SendList, from: number, count: number): number;
  close(): void;
};

/** A socket call that the system refused. */
export class Errno extends Error {
  override readonly name = "Errno";
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}
