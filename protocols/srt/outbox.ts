import { setU32 } from "@bilbycast/foundation/bytes";
import type { Memory, Wire } from "@bilbycast/foundation/packets";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { EMPTY_BODY, HEADER_SIZE, writeControlHeader } from "./packet.ts";

/** Writes what one socket has to say to its peer, under its own time. */
export class Outbox {
  /** Of the peer; 0 while it is not known. */
  peerSocketId = 0;
  /** Where the peer's address lies in the memory; 0 on a connected socket. */
  peer = 0;
  /** Own words name the bus packet that comes after them. */
  packet = 0;
  /** When anything was last said. */
  lastSentAt: Instant = instant(0);
  startedAt: Instant = instant(0);
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The socket's time: 32 bits of microseconds since it was made. */
  timestamp(now: Instant): number {
    return (now - this.startedAt) >>> 0;
  }

  /** Begins a control packet whose body the caller writes at the place that is returned. */
  control(wire: Wire, type: number, subtype: number, information: number, bodySize: number, now: Instant): number {
    const size = HEADER_SIZE + bodySize;
    wire.ensure(1, size);
    const at = wire.scratch(size);
    writeControlHeader(this.#memory.bytes, at, type, subtype, information, this.timestamp(now), this.peerSocketId);
    wire.message(0, this.packet, this.peer);
    wire.piece(at, size);
    this.lastSentAt = now;
    return at + HEADER_SIZE;
  }

  /** A copy of bytes of the memory. */
  read(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.bytes.subarray(at, at + length));
  }

  /** A control packet that carries nothing but a word of padding. */
  empty(wire: Wire, type: number, information: number, now: Instant): void {
    setU32(this.#memory.bytes, this.control(wire, type, 0, information, EMPTY_BODY, now), 0);
  }

  /** A control packet with a body that was made before. */
  whole(wire: Wire, type: number, subtype: number, body: Uint8Array, now: Instant): void {
    this.#memory.bytes.set(body, this.control(wire, type, subtype, 0, body.length, now));
  }
}
