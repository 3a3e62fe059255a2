import type { Memory } from "@bilbycast/foundation/packets";
import { FecGeometry } from "./fec-geometry.ts";
import { HEADER_SIZE, packetSequence } from "./packet.ts";
import type { FecShape } from "./packet-filter.ts";
import { FEC_HEADER, Parity, ROW, writeRebuiltHeader } from "./parity.ts";
import { unwrapSequence, wireSequence } from "./sequence.ts";
import { SLOT_SIZE } from "./slot-pool.ts";

/** Series of columns of which groups are remembered; rows as many as lie in them. A staircase spans two. */
const SERIES = 6;
const LEAST_ROWS = 16;
const NONE = -1;
const LAST_MESSAGE = 0x3ff_ffff;

/** What a rebuilt packet is given to: it lies in the memory until the next one. */
type Rebuilt = (at: number, length: number) => void;

/**
 * Rebuilds packets from parity: a row or a column of which everything came but one. A rebuilt packet may complete the group that crosses,
 * and so on. It sees payloads as they are on the wire, before they are decrypted.
 */
export class FecReceiver {
  readonly #memory: Memory;
  readonly #geometry: FecGeometry;
  readonly #parity: Parity;
  readonly #first: number;
  readonly #socketId: number;
  readonly #rebuilt: Rebuilt;
  readonly #rowGroups: number;
  readonly #columnGroups: number;
  /** By group: which one it is, packets and control packet that came; the sum of both tells when one is missing. */
  readonly #id: Float64Array;
  readonly #count: Uint16Array;
  readonly #hasControl: Uint8Array;
  /** By place modulo the window: the last place that came there. */
  readonly #seen: Float64Array;
  readonly #mask: number;
  /** Rebuilt packets that still have to be added to the groups that cross. */
  readonly #waiting: Float64Array;
  #waitingCount = 0;
  readonly #slots: number;
  #newest = 0;

  /** `first`: sequence number of the first packet; `socketId`: ours. Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, shape: FecShape, first: number, socketId: number, rebuilt: Rebuilt) {
    this.#memory = memory;
    this.#geometry = new FecGeometry(shape);
    this.#first = first;
    this.#socketId = socketId;
    this.#rebuilt = rebuilt;
    const { series, height, columns, hasRows, hasColumns } = this.#geometry;
    this.#rowGroups = hasRows ? Math.max(LEAST_ROWS, SERIES * height) : 0;
    this.#columnGroups = hasColumns ? SERIES * columns : 0;
    const groups = this.#rowGroups + this.#columnGroups;
    this.#parity = new Parity(memory, groups);
    this.#id = new Float64Array(groups).fill(NONE);
    this.#count = new Uint16Array(groups);
    this.#hasControl = new Uint8Array(groups);
    const window = 2 ** Math.ceil(Math.log2(Math.max(series * SERIES, LEAST_ROWS * columns)));
    this.#seen = new Float64Array(window).fill(NONE);
    this.#mask = window - 1;
    this.#waiting = new Float64Array(columns + height + 1);
    this.#slots = memory.reserve(SLOT_SIZE);
  }

  /** Behind the last packet whose rebuilding is no longer hoped for, when `end` is behind the newest that has come. */
  givenUpTo(end: number): number {
    const { hasColumns, columns, series } = this.#geometry;
    const place = end - this.#first;
    return this.#first + Math.max(0, hasColumns ? place - series : Math.floor((place - 1) / columns) * columns);
  }

  /** A data packet came, `payload` bytes as they are on the wire. */
  data(sequence: number, at: number, payload: number): void {
    const place = sequence - this.#first;
    if (place < 0 || place <= this.#newest - this.#mask || this.#hasSeen(place)) {
      return;
    }
    this.#newest = Math.max(this.#newest, place);
    this.#seen[place & this.#mask] = place;
    this.#add(place, at, payload);
  }

  /** A control packet of the filter. False when it is none. */
  control(at: number, length: number): boolean {
    const { bytes } = this.#memory;
    const payload = length - HEADER_SIZE;
    const index = bytes[at + HEADER_SIZE] ?? 0;
    const { columns, hasRows, hasColumns, height } = this.#geometry;
    if (payload <= FEC_HEADER || (index === ROW ? !hasRows : !hasColumns || index >= columns)) {
      return false;
    }
    const last = unwrapSequence(packetSequence(bytes, at), this.#first + this.#newest) - this.#first;
    if (last < 0 || Math.abs(last - this.#newest) > this.#mask >> 1) {
      return false;
    }
    // The packet bears the number of the last one that was sent before it: that of its group, or one a little behind.
    const row = this.#geometry.rowOf(last);
    const lastOfColumn = last - ((last - index + columns) % columns);
    const start = index === ROW ? this.#geometry.rowStart(row) : lastOfColumn - (height - 1) * columns;
    const slot = index === ROW ? this.#rowSlot(row) : start < 0 ? NONE : this.#columnSlot(this.#geometry.columnOf(start));
    if (slot === NONE || this.#hasControl[slot] === 1) {
      return slot !== NONE;
    }
    this.#hasControl[slot] = 1;
    this.#parity.addControl(slot, at, payload);
    this.#tryRebuild(slot);
    this.#cascade();
    return true;
  }

  close(): void {
    this.#parity.close();
    this.#memory.release(this.#slots);
  }

  #hasSeen(place: number): boolean {
    return this.#seen[place & this.#mask] === place;
  }

  #add(place: number, at: number, payload: number): void {
    this.#addTo(this.#rowGroups === 0 ? NONE : this.#rowSlot(this.#geometry.rowOf(place)), at, payload);
    const column = this.#columnGroups === 0 ? NONE : this.#geometry.columnOf(place);
    this.#addTo(column < 0 ? NONE : this.#columnSlot(column), at, payload);
    this.#cascade();
  }

  #addTo(slot: number, at: number, payload: number): void {
    if (slot !== NONE) {
      this.#count[slot] = (this.#count[slot] ?? 0) + 1;
      this.#parity.add(slot, at, payload);
      this.#tryRebuild(slot);
    }
  }

  /** Notes a group of which one packet is missing. */
  #tryRebuild(slot: number): void {
    const size = slot < this.#rowGroups ? this.#geometry.columns : this.#geometry.height;
    if (this.#hasControl[slot] === 1 && this.#count[slot] === size - 1 && this.#waitingCount < this.#waiting.length) {
      this.#waiting[this.#waitingCount++] = slot;
    }
  }

  #cascade(): void {
    while (this.#waitingCount > 0) {
      this.#rebuild(this.#waiting[--this.#waitingCount] ?? 0);
    }
  }

  #rebuild(slot: number): void {
    const geometry = this.#geometry;
    const isRow = slot < this.#rowGroups;
    const id = this.#id[slot] ?? 0;
    const start = isRow ? geometry.rowStart(id) : geometry.columnStart(id);
    const step = isRow ? 1 : geometry.columns;
    const size = isRow ? geometry.columns : geometry.height;
    let place = start;
    while (place < start + size * step && this.#hasSeen(place)) {
      place += step;
    }
    const length = this.#parity.lengthOf(slot);
    // Two packets may have completed their group together, and one that never was sent is as if it were empty.
    if (this.#count[slot] !== size - 1 || place >= start + size * step || length === 0 || length > SLOT_SIZE - HEADER_SIZE) {
      return;
    }
    const { bytes } = this.#memory;
    const at = this.#slots;
    const sequence = wireSequence(this.#first + place);
    const message = (place % LAST_MESSAGE) + 1;
    writeRebuiltHeader(bytes, at, sequence, message, this.#parity.flagsOf(slot) & 3, this.#parity.timestampOf(slot), this.#socketId);
    this.#parity.copyPayload(slot, at + HEADER_SIZE, length);
    this.#seen[place & this.#mask] = place;
    this.#newest = Math.max(this.#newest, place);
    this.#addTo(this.#rowGroups === 0 ? NONE : this.#rowSlot(geometry.rowOf(place)), at, length);
    const column = this.#columnGroups === 0 ? NONE : geometry.columnOf(place);
    this.#addTo(column < 0 ? NONE : this.#columnSlot(column), at, length);
    this.#rebuilt(at, HEADER_SIZE + length);
  }

  #rowSlot(row: number): number {
    return this.#slot(row % this.#rowGroups, row);
  }

  #columnSlot(group: number): number {
    return this.#slot(this.#rowGroups + (group % this.#columnGroups), group);
  }

  /** The slot of a group, made ready when it held an older one; NONE when a newer one has it. */
  #slot(slot: number, id: number): number {
    const held = this.#id[slot] ?? NONE;
    if (held > id) {
      return NONE;
    }
    if (held < id) {
      this.#id[slot] = id;
      this.#count[slot] = 0;
      this.#hasControl[slot] = 0;
      this.#parity.clear(slot);
    }
    return slot;
  }
}
