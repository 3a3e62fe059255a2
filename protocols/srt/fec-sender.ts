import type { Memory, Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import { FecGeometry } from "./fec-geometry.ts";
import type { Outbox } from "./outbox.ts";
import { HEADER_SIZE, writeDataHeader } from "./packet.ts";
import type { FecShape } from "./packet-filter.ts";
import { FEC_HEADER, Parity, ROW } from "./parity.ts";
import { wireSequence } from "./sequence.ts";

/** Of a control packet: it is nobody's message. */
const NO_MESSAGE = 0;

/** Sends parity packets: each when the last packet of its row or column has been sent, and before the next one. */
export class FecSender {
  readonly #memory: Memory;
  readonly #outbox: Outbox;
  readonly #geometry: FecGeometry;
  readonly #parity: Parity;
  /** Bytes of payload that each control packet sums up. */
  readonly #size: number;
  readonly #first: number;
  #next: number;

  /** `first`: sequence number of the first packet. Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, outbox: Outbox, shape: FecShape, size: number, first: number) {
    this.#memory = memory;
    this.#outbox = outbox;
    this.#geometry = new FecGeometry(shape);
    // One sum for the row under way, behind those of the columns.
    this.#parity = new Parity(memory, shape.columns + 1);
    this.#size = size;
    this.#first = first;
    this.#next = first;
    for (let group = 0; group <= shape.columns; group++) {
      this.#parity.clear(group);
    }
  }

  /** A data packet of `payload` bytes was sent for the first time; returns how many parity packets followed it. */
  sent(sequence: number, at: number, payload: number, keys: number, wire: Wire, now: Instant): number {
    if (sequence < this.#next) {
      return 0;
    }
    this.#next = sequence + 1;
    const geometry = this.#geometry;
    const place = sequence - this.#first;
    let count = 0;
    if (geometry.hasColumns && geometry.columnOf(place) >= 0) {
      const column = place % geometry.columns;
      this.#parity.add(column, at, payload);
      if (geometry.isLastOfColumn(place)) {
        this.#say(column, column, sequence, keys, wire, now);
        count++;
      }
    }
    if (geometry.hasRows) {
      const row = geometry.columns;
      this.#parity.add(row, at, payload);
      if (geometry.isLastOfRow(place)) {
        this.#say(row, ROW, sequence, keys, wire, now);
        count++;
      }
    }
    return count;
  }

  close(): void {
    this.#parity.close();
  }

  #say(group: number, index: number, sequence: number, keys: number, wire: Wire, now: Instant): void {
    const { bytes } = this.#memory;
    const length = HEADER_SIZE + FEC_HEADER + this.#size;
    wire.ensure(1, length);
    const at = wire.scratch(length);
    const timestamp = this.#parity.timestampOf(group) >>> 0;
    writeDataHeader(bytes, at, wireSequence(sequence), NO_MESSAGE, keys, timestamp, this.#outbox.peerSocketId);
    this.#parity.writeControl(group, at + HEADER_SIZE, index, this.#size);
    wire.message(0, this.#outbox.packet, this.#outbox.peer);
    wire.piece(at, length);
    this.#outbox.lastSentAt = now;
    this.#parity.clear(group);
  }
}
