import { PacketBatch, type MediaMachine, type Memory, type Tally, type Wire } from "@bilbycast/foundation/packets";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { isRtcp, payloadEnd, payloadStart } from "./header.ts";
import { isTsPayload } from "./ts-payload.ts";

/** Payloads that one call takes. */
const PAYLOADS = 1_024;
const SYNC_BYTE = 0x47;

export type NumberedOrPlainCounters = { readonly packetsMalformed: Tally; readonly packetsFiltered: Tally };

/**
 * Parts payloads that carry MPEG-TS by their form: those with an RTP header go to `numbered`, as long as `admits` lets them, all others
 * to `plain`. TS without a header need not lie whole in its payloads, so anything belongs to it once one has begun with a sync byte.
 */
export class NumberedOrPlain implements MediaMachine {
  readonly #bytes: Uint8Array;
  readonly #numbered: MediaMachine;
  readonly #plain: MediaMachine;
  readonly #admits: (now: Instant) => boolean;
  readonly #counters: NumberedOrPlainCounters;
  readonly #withHeader = new PacketBatch(PAYLOADS);
  readonly #without = new PacketBatch(PAYLOADS);
  #hasBegun = false;

  constructor(
    memory: Pick<Memory, "bytes">,
    numbered: MediaMachine,
    plain: MediaMachine,
    admits: (now: Instant) => boolean,
    counters: NumberedOrPlainCounters,
  ) {
    this.#bytes = memory.bytes;
    this.#numbered = numbered;
    this.#plain = plain;
    this.#admits = admits;
    this.#counters = counters;
  }

  get deadline(): Instant {
    return instant(Math.min(this.#numbered.deadline, this.#plain.deadline));
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, reply: Wire): void {
    this.#part(batch);
    const { count } = this.#withHeader;
    if (count > 0 && this.#admits(now)) {
      this.#numbered.receive(this.#withHeader, now, out, reply);
    } else {
      this.#counters.packetsFiltered.add(count);
      this.#due(this.#numbered, now, out, reply);
    }
    if (this.#without.count > 0) {
      this.#plain.receive(this.#without, now, out, reply);
    } else {
      this.#due(this.#plain, now, out, reply);
    }
  }

  expire(now: Instant, out: PacketBatch, reply: Wire): void {
    this.#due(this.#numbered, now, out, reply);
    this.#due(this.#plain, now, out, reply);
  }

  close(): void {
    this.#numbered.close();
    this.#plain.close();
  }

  #due(machine: MediaMachine, now: Instant, out: PacketBatch, reply: Wire): void {
    if (machine.deadline <= now) {
      machine.expire(now, out, reply);
    }
  }

  #part(batch: PacketBatch): void {
    const bytes = this.#bytes;
    this.#withHeader.clear();
    this.#without.clear();
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i] ?? 0;
      const length = batch.length[i] ?? 0;
      const start = payloadStart(bytes, at, length);
      const end = start < 0 ? -1 : payloadEnd(bytes, at, length, start);
      if (end >= 0 && isTsPayload(bytes, at + start, end - start)) {
        this.#withHeader.take(batch, i);
        continue;
      }
      this.#hasBegun ||= bytes[at] === SYNC_BYTE;
      if (this.#hasBegun) {
        this.#without.take(batch, i);
      } else {
        (isRtcp(bytes, at, length) ? this.#counters.packetsFiltered : this.#counters.packetsMalformed).add(1);
      }
    }
  }
}
