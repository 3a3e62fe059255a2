import { check } from "@bilbycast/foundation/check";
import type { Microseconds } from "@bilbycast/foundation/time";
import { PACKET_SIZE, UNIT_PACKETS } from "./packet.ts";
import type { Seams } from "./seams.ts";

const WORDS = PACKET_SIZE / 4;

/**
 * Packets between a file and the units that they become. Numbers count up and never wrap:
 *
 *     [ emitted … settled: due time known, joined to what went before | … head: only in ]
 */
export class UnitRing {
  readonly bytes: Uint8Array;
  readonly size: number;
  head = 0;
  settled = 0;
  /** Where the settled packets end in time. */
  settledTime: Microseconds = 0;
  #emitted = 0;
  /** Packets in the unit that `peek` gave, 0 when it must be made. */
  #held = 0;
  readonly #unitPackets: number;
  readonly #cutsAtReferences: boolean;
  readonly #words: Uint32Array;
  readonly #times: Float64Array;
  readonly #isReference: Uint8Array;
  readonly #unitWords = new Uint32Array(WORDS * UNIT_PACKETS);
  /** The same bytes as units of 0 to 7 packets. */
  readonly #units: Uint8Array[] = [];

  /** `size`: packets, a power of two. `cutsAtReferences`: a packet that is marked as one opens a unit. */
  constructor(size: number, unitPackets: number, cutsAtReferences: boolean) {
    check(size > 0 && Number.isInteger(Math.log2(size)), "the size of a ring is not a power of two");
    check(unitPackets >= 1 && unitPackets <= UNIT_PACKETS, "a unit has 1 to 7 packets");
    this.size = size;
    this.bytes = new Uint8Array(size * PACKET_SIZE);
    this.#unitPackets = unitPackets;
    this.#cutsAtReferences = cutsAtReferences;
    this.#words = new Uint32Array(this.bytes.buffer);
    this.#times = new Float64Array(size);
    this.#isReference = new Uint8Array(size);
    for (let packets = 0; packets <= UNIT_PACKETS; packets++) {
      this.#units.push(new Uint8Array(this.#unitWords.buffer, 0, packets * PACKET_SIZE));
    }
  }

  /** Packets that fit. */
  get room(): number {
    return this.size - (this.head - this.#emitted);
  }

  /** Copies a packet in; returns its number. */
  push(bytes: Uint8Array, at: number): number {
    check(this.room > 0, "a ring is full");
    const index = this.head++;
    const to = this.offset(index);
    for (let i = 0; i < PACKET_SIZE; i++) {
      this.bytes[to + i] = bytes[at + i] ?? 0;
    }
    this.#isReference[index & (this.size - 1)] = 0;
    return index;
  }

  /** Where packet `index` lies in `bytes`. */
  offset(index: number): number {
    return (index & (this.size - 1)) * PACKET_SIZE;
  }

  /** The packet has a PCR that counts. */
  markReference(index: number): void {
    this.#isReference[index & (this.size - 1)] = 1;
  }

  isReference(index: number): boolean {
    return this.#isReference[index & (this.size - 1)] === 1;
  }

  /** The packets before `end` are due evenly from where the settled ones ended until `time`. */
  settle(end: number, time: Microseconds, seams: Seams): void {
    const first = this.settled;
    const start = this.settledTime;
    check(time >= start && end <= this.head, "packets were settled backwards");
    for (let i = first; i < end; i++) {
      this.#times[i & (this.size - 1)] = start + ((time - start) * (i - first)) / (end - first);
      seams.apply(this.bytes, this.offset(i));
    }
    this.settled = end;
    this.settledTime = time;
  }

  /** The next unit; its bytes stay until `advance`. `isFinished`: nothing follows, so a short one is complete too. */
  peek(isFinished: boolean): Uint8Array | undefined {
    if (this.#held === 0) {
      this.#held = this.#unitLength(isFinished);
      for (let i = 0; i < this.#held; i++) {
        const from = this.offset(this.#emitted + i) / 4;
        for (let word = 0; word < WORDS; word++) {
          this.#unitWords[i * WORDS + word] = this.#words[from + word] ?? 0;
        }
      }
    }
    return this.#held === 0 ? undefined : this.#units[this.#held];
  }

  /** When the unit that `peek` gave is due. */
  get time(): Microseconds {
    return this.#times[this.#emitted & (this.size - 1)] ?? 0;
  }

  advance(): void {
    check(this.#held > 0, "there is no unit to be done with");
    this.#emitted += this.#held;
    this.#held = 0;
  }

  /** Packets of the next unit: full, or up to the next reference, or the last ones. */
  #unitLength(isFinished: boolean): number {
    let count = 0;
    while (count < this.#unitPackets && this.#emitted + count < this.settled) {
      if (count > 0 && this.#opens(this.#emitted + count)) {
        return count;
      }
      count++;
    }
    const next = this.#emitted + count;
    const isWhole = count === this.#unitPackets || (next < this.head ? this.#opens(next) : isFinished);
    return isWhole ? count : 0;
  }

  #opens(index: number): boolean {
    return this.#cutsAtReferences && this.isReference(index);
  }
}
