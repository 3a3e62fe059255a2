import type { MediaMachine, PacketBatch, Tally, Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import { isRtcp, payloadEnd, payloadStart, sequenceNumber, ssrc, timestamp } from "./header.ts";
import { InterarrivalJitter } from "./interarrival-jitter.ts";
import { isTsPayload } from "./ts-payload.ts";

/** Where the packets of two paths that carry one stream become one (SMPTE ST 2022-7). */
export type PathMerge = {
  readonly deadline: Instant;
  turn(now: Instant, out: PacketBatch): void;
  take(
    path: 0 | 1,
    ssrc: number,
    number: number,
    size: number,
    offset: number,
    length: number,
    peer: number,
    now: Instant,
    out: PacketBatch,
  ): void;
  settle(): void;
  close(): void;
};

export type RtpPathCounters = {
  readonly packetsMalformed: Tally;
  readonly packetsFiltered: Tally;
  readonly interarrivalJitterUs: Tally;
};

/** One of two paths of a stream of MPEG-TS in RTP: takes headers off and hands the rest to the merge. What the merge lets go leaves by either path. */
export class RtpPath implements MediaMachine {
  readonly #bytes: Uint8Array;
  readonly #path: 0 | 1;
  readonly #merge: PathMerge;
  readonly #counters: RtpPathCounters;
  readonly #jitter = new InterarrivalJitter();

  constructor(memory: { readonly bytes: Uint8Array }, path: 0 | 1, merge: PathMerge, counters: RtpPathCounters) {
    this.#bytes = memory.bytes;
    this.#path = path;
    this.#merge = merge;
    this.#counters = counters;
  }

  get deadline(): Instant {
    return this.#merge.deadline;
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, _reply: Wire): void {
    this.#merge.turn(now, out);
    for (let i = 0; i < batch.count; i++) {
      this.#take(batch.offset[i] ?? 0, batch.length[i] ?? 0, batch.peer[i] ?? 0, now, out);
    }
    this.#merge.settle();
    this.#counters.interarrivalJitterUs.set(this.#jitter.value);
  }

  expire(now: Instant, out: PacketBatch, _reply: Wire): void {
    this.#merge.turn(now, out);
  }

  close(): void {
    this.#merge.close();
  }

  #take(offset: number, size: number, peer: number, now: Instant, out: PacketBatch): void {
    const bytes = this.#bytes;
    const start = payloadStart(bytes, offset, size);
    const end = start < 0 ? -1 : payloadEnd(bytes, offset, size, start);
    if (end < 0 || !isTsPayload(bytes, offset + start, end - start)) {
      (isRtcp(bytes, offset, size) ? this.#counters.packetsFiltered : this.#counters.packetsMalformed).add(1);
      return;
    }
    this.#jitter.add(timestamp(bytes, offset), now);
    this.#merge.take(this.#path, ssrc(bytes, offset), sequenceNumber(bytes, offset), size, offset + start, end - start, peer, now, out);
  }
}
