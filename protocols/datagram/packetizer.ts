import { TRAIN_BYTES, TRAIN_DATAGRAMS, type Packetizer, type PacketRing, type Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";

/**
 * Sends each unit of a bus as one datagram, nothing added. With trains an unbroken row of equal units is one piece of memory
 * that the kernel cuts; where a row ends inside a train another piece follows, and a shorter unit ends the train.
 */
export class DatagramPacketizer implements Packetizer {
  /** Pieces of the train that is being put together; a train has at most one per datagram. */
  readonly #offset = new Uint32Array(TRAIN_DATAGRAMS);
  readonly #length = new Uint32Array(TRAIN_DATAGRAMS);
  #pieces = 0;

  emit(ring: PacketRing, first: number, end: number, wire: Wire, _now: Instant): void {
    if (!wire.trains) {
      emitSingly(ring, first, end, wire);
      return;
    }
    for (let n = first; n < end;) {
      const size = ring.length[n & ring.mask] ?? 0;
      const stop = this.#gather(ring, n, end, size);
      wire.ensure(this.#pieces, 0);
      wire.message(stop - n > 1 ? size : 0, n, 0);
      for (let i = 0; i < this.#pieces; i++) {
        wire.piece(this.#offset[i] ?? 0, this.#length[i] ?? 0);
      }
      n = stop;
    }
  }

  /** Holds nothing of its own. */
  close(): void {}

  /** Collects the pieces of the train that begins at `first`; returns the number of the packet behind it. */
  #gather(ring: PacketRing, first: number, end: number, size: number): number {
    const most = Math.min(end, first + Math.max(1, Math.min(TRAIN_DATAGRAMS, Math.floor(TRAIN_BYTES / size))));
    this.#pieces = 0;
    let n = first;
    while (n < most) {
      const length = ring.length[n & ring.mask] ?? 0;
      if (length > size) {
        break;
      }
      const stop = length < size ? n + 1 : rowEnd(ring, n, most);
      this.#offset[this.#pieces] = ring.offset[n & ring.mask] ?? 0;
      this.#length[this.#pieces++] = (stop - n) * length;
      n = stop;
      if (length < size) {
        break;
      }
    }
    return n;
  }
}

const emitSingly = (ring: PacketRing, first: number, end: number, wire: Wire): void => {
  for (let n = first; n < end; n++) {
    wire.ensure(1, 0);
    wire.message(0, n, 0);
    wire.piece(ring.offset[n & ring.mask] ?? 0, ring.length[n & ring.mask] ?? 0);
  }
};

/** The first packet behind `first`, at most `most`, that does not lie in one row with it. */
const rowEnd = (ring: PacketRing, first: number, most: number): number => {
  if ((ring.row[(most - 1) & ring.mask] ?? 0) <= first) {
    return most;
  }
  let n = first + 1;
  while (n < most && (ring.row[n & ring.mask] ?? 0) <= first) {
    n++;
  }
  return n;
};
