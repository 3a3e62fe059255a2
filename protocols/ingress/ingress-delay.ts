import { check } from "@bilbycast/foundation/check";
import { PacketBatch, type MediaMachine, type Memory, type Tally, type Wire } from "@bilbycast/foundation/packets";
import { after, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";

/** Rows that the machine behind may give at once. */
const ROWS = 8_192;

/** The smallest unit that the rows are counted for: one TS packet would need seven times as many as are ever used. */
const BYTES_PER_ROW = 512;
const LEAST_ROWS = 1_024;

/**
 * Stands behind a machine and passes on each unit a fixed time after the machine gave it, in the same order: pure delay, which keeps
 * the spaces between units. Units wait in a ring of a fixed size; what does not fit is dropped and counted.
 */
export class IngressDelay implements MediaMachine {
  readonly #memory: Memory;
  readonly #machine: MediaMachine;
  readonly #delay: Microseconds;
  readonly #overflowed: Tally;
  readonly #given = new PacketBatch(ROWS);
  readonly #first: number;
  readonly #size: number;
  readonly #mask: number;
  readonly #offset: Uint32Array;
  readonly #length: Uint32Array;
  readonly #due: Float64Array;
  /** Bytes ever written, skips included, behind each unit. */
  readonly #end: Float64Array;
  #head = 0;
  #tail = 0;
  /** Units behind it were passed on by an earlier call, and their bytes may be written over. */
  #freed = 0;
  #written = 0;
  #freedBytes = 0;

  /** `bitrate`: bits per second that the ring has room for. Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, options: { delay: Microseconds; bitrate: number }, overflowed: Tally, machine: MediaMachine) {
    this.#memory = memory;
    this.#machine = machine;
    this.#delay = options.delay;
    this.#overflowed = overflowed;
    // One batch more than the delay: what is passed on by a call stays until the next.
    this.#size = Math.ceil((options.delay * options.bitrate) / 8e6 / 65_536 + 16) * 65_536;
    const rows = 2 ** Math.ceil(Math.log2(Math.max(LEAST_ROWS, this.#size / BYTES_PER_ROW)));
    this.#mask = rows - 1;
    this.#first = memory.reserve(this.#size);
    this.#offset = new Uint32Array(rows);
    this.#length = new Uint32Array(rows);
    this.#due = new Float64Array(rows);
    this.#end = new Float64Array(rows);
  }

  get deadline(): Instant {
    const inner = this.#machine.deadline;
    const own = this.#tail < this.#head ? ((this.#due[this.#tail & this.#mask] ?? 0) as Instant) : NEVER;
    return own < inner ? own : inner;
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, reply: Wire): void {
    this.#free();
    this.#given.clear();
    this.#machine.receive(batch, now, this.#given, reply);
    this.#keep(now);
    this.#release(now, out);
  }

  expire(now: Instant, out: PacketBatch, reply: Wire): void {
    this.#free();
    if (this.#machine.deadline <= now) {
      this.#given.clear();
      this.#machine.expire(now, this.#given, reply);
      this.#keep(now);
    }
    this.#release(now, out);
  }

  close(): void {
    this.#memory.release(this.#first);
    this.#machine.close();
  }

  /** What the last call passed on has been taken by now. */
  #free(): void {
    if (this.#freed < this.#tail) {
      this.#freedBytes = this.#end[(this.#tail - 1) & this.#mask] ?? 0;
      this.#freed = this.#tail;
    }
  }

  #keep(now: Instant): void {
    const { offset, length, count } = this.#given;
    for (let i = 0; i < count; i++) {
      this.#add(offset[i] ?? 0, length[i] ?? 0, after(now, this.#delay));
    }
  }

  #add(offset: number, length: number, due: Instant): void {
    const at = this.#written % this.#size;
    const skip = at + length > this.#size ? this.#size - at : 0;
    const end = this.#written + skip + length;
    if (end - this.#freedBytes > this.#size || this.#head - this.#freed > this.#mask) {
      this.#overflowed.add(1);
      return;
    }
    const target = this.#first + ((at + skip) % this.#size);
    this.#memory.copy(target, offset, length);
    const column = this.#head & this.#mask;
    this.#offset[column] = target;
    this.#length[column] = length;
    this.#due[column] = due;
    this.#end[column] = end;
    this.#written = end;
    this.#head++;
  }

  #release(now: Instant, out: PacketBatch): void {
    check(out.capacity > 0, "there is room for a unit");
    while (this.#tail < this.#head && out.count < out.capacity && (this.#due[this.#tail & this.#mask] ?? 0) <= now) {
      out.push(this.#offset[this.#tail & this.#mask] ?? 0, this.#length[this.#tail & this.#mask] ?? 0, 0);
      this.#tail++;
    }
  }
}
