import { TRAIN_BYTES, TRAIN_DATAGRAMS, type Memory, type Packetizer, type PacketRing, type Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import { FIXED_HEADER_SIZE, writeHeader } from "./header.ts";

/** MP2T. RFC 3551 §6; ST 2022-2 §6.1. */
const PAYLOAD_TYPE_MP2T = 33;

/** What distinguishes one sender: random, as RFC 3550 §5.1 asks. */
export type RtpSource = {
  ssrc: number;
  /** Of packet 0; its low 16 bits count. */
  firstSequenceNumber: number;
  /** Of an arrival at instant 0; its low 32 bits count. */
  firstTimestamp: number;
};

/**
 * Puts each unit of a bus into an RTP packet (RFC 2250, SMPTE ST 2022-2). The sequence number comes from the packet's number,
 * so a drop shows as the gap it is; the timestamp is its arrival in 90 kHz ticks. Headers go to the wire's scratch,
 * payload stays on the bus.
 */
export class RtpPacketizer implements Packetizer {
  readonly #bytes: Uint8Array;
  readonly #source: RtpSource;

  constructor(memory: Memory, source: RtpSource) {
    this.#bytes = memory.bytes;
    this.#source = source;
  }

  emit(ring: PacketRing, first: number, end: number, wire: Wire, _now: Instant): void {
    for (let n = first; n < end;) {
      const count = wire.trains ? trainLength(ring, n, end) : 1;
      wire.ensure(2 * count, FIXED_HEADER_SIZE * count);
      wire.message(count > 1 ? FIXED_HEADER_SIZE + (ring.length[n & ring.mask] ?? 0) : 0, n, 0);
      let header = wire.scratch(FIXED_HEADER_SIZE * count);
      for (const stop = n + count; n < stop; n++, header += FIXED_HEADER_SIZE) {
        writeUnitHeader(this.#bytes, header, this.#source, ring, n);
        wire.piece(header, FIXED_HEADER_SIZE);
        wire.piece(ring.offset[n & ring.mask] ?? 0, ring.length[n & ring.mask] ?? 0);
      }
    }
  }

  /** Holds nothing of its own. */
  close(): void {}
}

/** The header of the RTP packet that unit `n` of a ring becomes; the unit follows it. */
export const writeUnitHeader = (bytes: Uint8Array, at: number, source: RtpSource, ring: PacketRing, n: number): void => {
  const ticks = Math.floor(((ring.arrival[n & ring.mask] ?? 0) * 9) / 100);
  writeHeader(bytes, at, PAYLOAD_TYPE_MP2T, source.firstSequenceNumber + n, source.firstTimestamp + ticks, source.ssrc);
};

/** How many packets from `first` on make one train: all of equal size, only the last may be shorter. */
const trainLength = (ring: PacketRing, first: number, end: number): number => {
  const size = ring.length[first & ring.mask] ?? 0;
  const most = Math.min(end - first, TRAIN_DATAGRAMS, Math.floor(TRAIN_BYTES / (size + FIXED_HEADER_SIZE)));
  for (let count = 1; count < most; count++) {
    const next = ring.length[(first + count) & ring.mask] ?? 0;
    if (next !== size) {
      return next < size ? count + 1 : count;
    }
  }
  return Math.max(1, most);
};
