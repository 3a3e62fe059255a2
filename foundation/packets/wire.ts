/**
 * Messages to send, each gathered from pieces that stay where they are until the wire is flushed.
 * Order of calls for one message: `ensure`, `message`, then its pieces; `scratch` where a header is needed.
 */
export type Wire = {
  /** False where a peer, a path or a setting forbids trains: then every message is one datagram, `segment` 0. */
  readonly trains: boolean;
  /** Makes room for one more message; flushes when there is none. */
  ensure(pieces: number, scratch: number): void;
  /**
   * Begins a message. `segment` > 0: a train that the kernel cuts into datagrams of that many bytes, the last may be shorter.
   * `packet`: number of the first bus packet that it carries; a machine's own words name the packet that comes after them,
   * so that what the system had no room for is told by one number.
   * `peer`: offset of the target's socket address in the memory, 0 on a connected socket.
   */
  message(segment: number, packet: number, peer: number): void;
  /** Adds bytes of the memory to the message that was begun last. */
  piece(offset: number, length: number): void;
  /** Room for header bytes that live until the flush; returns its offset in the memory, on a word. */
  scratch(length: number): number;
};

/** The longest train: the kernel allows 64 datagrams and 65 507 bytes; some headroom is left for headers of tunnels. */
export const TRAIN_DATAGRAMS = 48;
export const TRAIN_BYTES = 63_488;
