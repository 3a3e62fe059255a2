import type { MediaMachine, Memory, PacketBatch, Tally } from "@bilbycast/foundation/packets";
import { after, milliseconds, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { areWholePackets, PACKET_SIZE, SYNC_BYTE, UNIT_SIZE } from "./packet.ts";

/** What `TsUnits` counts. */
export type TsUnitsCounts = {
  /** Bytes that are not part of a whole packet in sync. */
  notTs: Tally;
  /** Times that the packet grid was lost and had to be found again. */
  resyncs: Tally;
  /** Datagrams that came with an RTP header. */
  rtpStripped: Tally;
  /** Units put together in memory of the machine, because they did not come as such. */
  regrouped: Tally;
  /** Units or datagrams dropped for want of room in one call. */
  overflowed: Tally;
};

/** How long an incomplete unit waits for more packets. */
const FLUSH_AFTER: Microseconds = milliseconds(10);
/** Holds what one receive call can bring: 16 slots of 64 KB. A power of two, as memory is handed out in those. */
const POOL_SIZE = 1 << 20;
/** The grid is found where this many sync bytes follow each other at a distance of 188. */
const CONFIRMED = 3;

/**
 * Makes units out of datagrams that should carry MPEG-TS: 1 to 7 whole packets of 188 bytes, each beginning with 0x47.
 *
 *     whole packets, 7 or more ───────── passed where they lie, cut at 7 ──────────────────────────> out
 *     RTP around whole packets ── header stripped ──┘
 *     fewer, straddling, rubbish ─ copied to the pool ─ [ units given | whole packets | not checked ] ─> out
 *                                                       pool          start           scan        end
 *
 * Order is kept: what lies in the pool goes out before what is passed. Incomplete units go out short when `deadline` is reached,
 * or when something behind them is passed. Rows may point into the pool; those bytes stay until the next call.
 */
export class TsUnits implements MediaMachine {
  readonly #memory: Memory;
  readonly #counts: TsUnitsCounts;
  readonly #flushAfter: Microseconds;
  readonly #pool: number;
  readonly #poolEnd: number;
  #start: number;
  #scan: number;
  #end: number;
  #inSync = false;
  /** When the first byte behind `start` came, and the last one. */
  #firstCame: Instant = NEVER;
  #lastCame: Instant = NEVER;

  constructor(memory: Memory, counts: TsUnitsCounts, flushAfter: Microseconds = FLUSH_AFTER, poolSize: number = POOL_SIZE) {
    this.#memory = memory;
    this.#counts = counts;
    this.#flushAfter = flushAfter;
    this.#pool = memory.reserve(poolSize);
    this.#poolEnd = this.#pool + poolSize;
    this.#start = this.#pool;
    this.#scan = this.#pool;
    this.#end = this.#pool;
  }

  get deadline(): Instant {
    return this.#scan > this.#start ? after(this.#firstCame, this.#flushAfter) : NEVER;
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch): void {
    this.#recycle();
    const bytes = this.#memory.bytes;
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i] ?? 0;
      const length = batch.length[i] ?? 0;
      const peer = batch.peer[i] ?? 0;
      if (areWholePackets(bytes, at, length)) {
        this.#whole(at, length, peer, now, out);
        continue;
      }
      const header = rtpHeaderSize(bytes, at, length);
      const payload = header > 0 ? length - header - rtpPadding(bytes, at, length) : 0;
      if (payload > 0 && areWholePackets(bytes, at + header, payload)) {
        this.#counts.rtpStripped.add(1);
        this.#whole(at + header, payload, peer, now, out);
      } else {
        this.#gather(at, length, peer, now, out);
      }
    }
  }

  expire(now: Instant, out: PacketBatch): void {
    if (now >= this.deadline) {
      this.#flush(0, out);
    }
  }

  close(): void {
    this.#memory.release(this.#pool);
  }

  /** What was given out is free again; what waits moves to the front, so that every call has the whole pool. */
  #recycle(): void {
    const shift = this.#start - this.#pool;
    if (shift === 0) {
      return;
    }
    if (this.#end > this.#start) {
      this.#memory.copy(this.#pool, this.#start, this.#end - this.#start);
    }
    this.#start -= shift;
    this.#scan -= shift;
    this.#end -= shift;
  }

  /** A datagram of whole packets. One or two of them may look so by chance: then bytes that wait to be completed take precedence. */
  #whole(at: number, length: number, peer: number, now: Instant, out: PacketBatch): void {
    if (this.#end > this.#scan) {
      if (length < CONFIRMED * PACKET_SIZE) {
        this.#gather(at, length, peer, now, out);
        return;
      }
      this.#flush(peer, out);
      this.#counts.notTs.add(this.#end - this.#scan);
      if (this.#inSync) {
        this.#counts.resyncs.add(1);
      }
      this.#start = this.#end;
      this.#scan = this.#end;
    }
    this.#inSync = true;
    if (length < UNIT_SIZE) {
      this.#gather(at, length, peer, now, out);
      return;
    }
    this.#flush(peer, out);
    for (let done = 0; done < length; done += UNIT_SIZE) {
      this.#give(at + done, Math.min(UNIT_SIZE, length - done), peer, out);
    }
  }

  #gather(at: number, length: number, peer: number, now: Instant, out: PacketBatch): void {
    if (this.#end + length > this.#poolEnd) {
      this.#counts.overflowed.add(1);
      return;
    }
    const joint = this.#end;
    if (this.#start === joint) {
      this.#firstCame = now;
    }
    this.#lastCame = now;
    this.#memory.copy(joint, at, length);
    this.#end = joint + length;
    this.#parse(joint, peer, out);
  }

  /** Walks the grid through what was added at `joint`. */
  #parse(joint: number, peer: number, out: PacketBatch): void {
    const bytes = this.#memory.bytes;
    while (this.#scan < this.#end) {
      const next = this.#scan + PACKET_SIZE;
      // A packet in two datagrams whose successor is not where it should be has lost its middle.
      const torn = this.#scan < joint && next < this.#end && bytes[next] !== SYNC_BYTE;
      if (!this.#inSync) {
        if (!this.#search()) {
          return;
        }
      } else if (bytes[this.#scan] !== SYNC_BYTE || torn) {
        this.#flush(peer, out);
        this.#inSync = false;
        this.#counts.resyncs.add(1);
      } else if (next > this.#end) {
        return;
      } else {
        this.#scan = next;
        if (next - this.#start === UNIT_SIZE) {
          this.#flush(peer, out);
        }
      }
    }
  }

  /** Looks for the grid; keeps the last bytes, too few to tell, for the next datagram. */
  #search(): boolean {
    const bytes = this.#memory.bytes;
    const limit = this.#end - (CONFIRMED - 1) * PACKET_SIZE;
    let at = this.#scan;
    while (at < limit && !(bytes[at] === SYNC_BYTE && bytes[at + PACKET_SIZE] === SYNC_BYTE && bytes[at + 2 * PACKET_SIZE] === SYNC_BYTE)) {
      at++;
    }
    this.#counts.notTs.add(at - this.#scan);
    this.#start = at;
    this.#scan = at;
    this.#firstCame = this.#lastCame;
    this.#inSync = at < limit;
    return this.#inSync;
  }

  /** Gives the whole packets in the pool as one unit; a rest that is not whole stays. */
  #flush(peer: number, out: PacketBatch): void {
    if (this.#scan === this.#start) {
      return;
    }
    this.#give(this.#start, this.#scan - this.#start, peer, out);
    this.#counts.regrouped.add(1);
    this.#start = this.#scan;
    this.#firstCame = this.#lastCame;
  }

  #give(at: number, length: number, peer: number, out: PacketBatch): void {
    if (out.count < out.capacity) {
      out.push(at, length, peer);
    } else {
      this.#counts.overflowed.add(1);
    }
  }
}

/** Bytes of an RTP version 2 header with its CSRCs and extension; 0 where there is none. RFC 3550 §5.1. */
const rtpHeaderSize = (bytes: Uint8Array, at: number, length: number): number => {
  const first = bytes[at] ?? 0;
  if (length < RTP_FIXED || first >> 6 !== 2) {
    return 0;
  }
  const fixed = RTP_FIXED + 4 * (first & 0x0f);
  if ((first & 0x10) === 0) {
    return fixed;
  }
  return fixed + 4 > length ? 0 : fixed + 4 + 4 * (((bytes[at + fixed + 2] ?? 0) << 8) | (bytes[at + fixed + 3] ?? 0));
};

/** Octets of padding behind an RTP payload. */
const rtpPadding = (bytes: Uint8Array, at: number, length: number): number =>
  ((bytes[at] ?? 0) & 0x20) !== 0 ? (bytes[at + length - 1] ?? 0) : 0;

const RTP_FIXED = 12;
