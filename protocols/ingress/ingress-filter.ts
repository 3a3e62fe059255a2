import { check } from "@bilbycast/foundation/check";
import { PacketBatch, type MediaMachine, type Tally, type Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import { SourceList } from "./source-list.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What the trust boundary lets in; an absent rule lets everything in. */
export type IngressRules = {
  /** IP addresses. */
  sources?: readonly string[] | undefined;
  /** 0 to 127 each; they are read from the RTP header, so a datagram without one has none of them. */
  payloadTypes?: readonly number[] | undefined;
  /** Bits per second of datagrams, without IP and UDP headers. */
  bitrate?: number | undefined;
};

export type IngressCounters = {
  /** Everything that was not let in. */
  readonly packetsFiltered: Tally;
  readonly sourcesRefused: Tally;
  /** There where payload types are looked at. */
  readonly payloadTypesRefused?: Tally;
  readonly rateExceeded: Tally;
};

const RTP_HEADER_SIZE = 12;
const RTP_VERSION = 2;

/** Rows to begin with; a lane that receives more in one call makes room once. */
const ROWS = 256;

/**
 * Stands in front of a machine and drops what the trust boundary does not let in (RP 2129 C5, U4, C7).
 * Order: source, payload type, rate; so what is refused by the first two spends nothing of the rate.
 */
export class IngressFilter implements MediaMachine {
  readonly #bytes: Uint8Array;
  readonly #machine: MediaMachine;
  readonly #counters: IngressCounters;
  readonly #sources: SourceList | undefined;
  /** 1 for each payload type that is let in. */
  readonly #payloadTypes: Uint8Array | undefined;
  readonly #bucket: TokenBucket | undefined;
  #admitted = new PacketBatch(ROWS);

  constructor(memory: { readonly bytes: Uint8Array }, rules: IngressRules, counters: IngressCounters, machine: MediaMachine) {
    check(rules.payloadTypes === undefined || counters.payloadTypesRefused !== undefined, "what is refused is counted");
    this.#bytes = memory.bytes;
    this.#machine = machine;
    this.#counters = counters;
    this.#sources = rules.sources === undefined ? undefined : new SourceList(rules.sources);
    this.#payloadTypes = rules.payloadTypes === undefined ? undefined : tableOf(rules.payloadTypes);
    this.#bucket = rules.bitrate === undefined ? undefined : new TokenBucket(rules.bitrate);
  }

  get deadline(): Instant {
    return this.#machine.deadline;
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, reply: Wire): void {
    if (this.#admitted.capacity < batch.capacity) {
      this.#admitted = new PacketBatch(batch.capacity);
    }
    const admitted = this.#admitted;
    admitted.clear();
    for (let i = 0; i < batch.count; i++) {
      const refusal = this.#refusalOf(batch, i, now);
      if (refusal === undefined) {
        admitted.take(batch, i);
      } else {
        refusal.add(1);
        this.#counters.packetsFiltered.add(1);
      }
    }
    this.#machine.receive(admitted, now, out, reply);
  }

  expire(now: Instant, out: PacketBatch, reply: Wire): void {
    this.#machine.expire(now, out, reply);
  }

  close(): void {
    this.#machine.close();
  }

  /** The counter of the rule that keeps row `i` out. */
  #refusalOf(batch: PacketBatch, i: number, now: Instant): Tally | undefined {
    const length = batch.length[i] ?? 0;
    if (this.#sources !== undefined && !this.#sources.has(this.#bytes, batch.peer[i] ?? 0)) {
      return this.#counters.sourcesRefused;
    }
    if (this.#payloadTypes !== undefined && !this.#isWanted(this.#payloadTypes, batch.offset[i] ?? 0, length)) {
      return this.#counters.payloadTypesRefused;
    }
    return this.#bucket === undefined || this.#bucket.admits(length, now) ? undefined : this.#counters.rateExceeded;
  }

  #isWanted(table: Uint8Array, offset: number, length: number): boolean {
    return (
      length >= RTP_HEADER_SIZE && (this.#bytes[offset] ?? 0) >> 6 === RTP_VERSION && table[(this.#bytes[offset + 1] ?? 0) & 0x7f] === 1
    );
  }
}

const tableOf = (payloadTypes: readonly number[]): Uint8Array => {
  const table = new Uint8Array(128);
  for (const payloadType of payloadTypes) {
    table[payloadType] = 1;
  }
  return table;
};
