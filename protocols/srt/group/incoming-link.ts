import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import type { PlayoutClock } from "../playout-clock.ts";
import type { ReceiveBuffer } from "../receive-buffer.ts";
import type { ReceiveGroup, ReceiveMember } from "./receive-group.ts";

/** The peer's first sequence number, and the time stamp of its handshake, which came at `heardAt`. */
type Beginning = { initialSequence: number; stamp: number; heardAt: Instant; latencyMs: number };

/** What the receiving direction of a connection is to its group. */
export class IncomingLink implements ReceiveMember {
  isOpen = false;
  heardTo = 0;
  /** What came is out of the range of the group. */
  isAstray = false;
  readonly group: ReceiveGroup;
  readonly #buffer: ReceiveBuffer;
  readonly #restarted: (sequence: number) => void;
  /** How much later this link shows the peer's clock than the one by which the group's was set; NaN before it was measured. */
  #lag: Microseconds = 0;

  /** `restarted`: hears where the stream goes on when the group has jumped. */
  constructor(group: ReceiveGroup, buffer: ReceiveBuffer, restarted: (sequence: number) => void) {
    this.group = group;
    this.#buffer = buffer;
    this.#restarted = restarted;
    group.join(this);
  }

  /** The connection stands; returns the first packet that it is to bring. */
  open({ initialSequence, stamp, heardAt, latencyMs }: Beginning): number {
    this.#lag = this.group.isAlone(this) ? 0 : Number.NaN;
    this.isAstray = false;
    this.heardTo = this.group.begin(this, initialSequence, stamp, heardAt, latencyMs);
    this.isOpen = true;
    return this.heardTo;
  }

  /** The connection is over. What waits is delivered all the same. */
  close(): void {
    this.isOpen = false;
  }

  get first(): number {
    return this.#buffer.held === 0 ? Infinity : this.#buffer.firstPresent;
  }

  get firstStamp(): number {
    return this.#buffer.firstStamp;
  }

  get complete(): number {
    return this.#buffer.complete;
  }

  /** What may be acknowledged: never more than this link brought, or its sender would take it for an attack. */
  get position(): number {
    return Math.min(this.#buffer.complete, this.heardTo);
  }

  deliver(out: PacketBatch): void {
    this.#buffer.deliver(out);
  }

  passTo(sequence: number): void {
    if (sequence > this.#buffer.next) {
      this.#buffer.dropTo(sequence);
    }
  }

  restart(sequence: number): void {
    this.#buffer.reset(sequence);
    this.heardTo = sequence;
    this.#restarted(sequence);
  }

  /** A packet within the buffer's range came. */
  heard(sequence: number): void {
    this.heardTo = Math.max(this.heardTo, sequence + 1);
  }

  /** Packets far beyond the buffer came: the stream has gone on without us, or, where another link shows that it has not, this one is astray. */
  beyond(sequence: number): void {
    if (this.group.isAlone(this)) {
      this.group.jump(sequence);
    } else {
      this.isAstray = true;
    }
  }

  /** The peer's `stamp` came at `now`: how much later than by the link that set the clock. */
  lag(clock: PlayoutClock, stamp: number, now: Instant): Microseconds {
    if (Number.isNaN(this.#lag)) {
      this.#lag = clock.lag(stamp, now);
    }
    return this.#lag;
  }
}
