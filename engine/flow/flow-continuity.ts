import { PacketBatch } from "@bilbycast/foundation/packets";
import { after, milliseconds, type Instant } from "@bilbycast/foundation/time";
import { ContinuityFixer, NULL_PID, PACKET_SIZE, UNIT_SIZE, writeHeader, type PcrLog, type PsiCache } from "@bilbycast/protocols/mpegts";
import type { Lane, LaneTimer } from "@bilbycast/engine/io";
import type { Bus, BusRewriter } from "./bus.ts";

/**
 * While the active input is silent, receivers get stuffing this often, so that nobody takes the stream for gone before the director has put
 * another input on air. A flow with one input ends when its input does: whoever waits further down for silence must hear it.
 */
const KEEP_ALIVE_EVERY = milliseconds(250);

/** Room for the tables that are sent ahead at a switch: a PAT and the maps of some hundreds of programs. */
const AHEAD_BYTES = 131_072;

/** What it needs of its flow. */
export type ContinuityHooks = {
  /** Puts units onto the bus that come from no input. */
  publish(batch: PacketBatch): void;
  /** Whether there is another input that could take over. */
  hasStandby(): boolean;
  failed(cause: unknown): void;
};

/**
 * Keeps what a flow carries one transport stream, whichever input is on air: on its lane, before anybody sees the packets.
 * Sends tables ahead at a switch, and stuffing while the input on air is silent.
 */
export class FlowContinuity implements BusRewriter {
  readonly #lane: Lane;
  readonly #bus: Bus;
  readonly #hooks: ContinuityHooks;
  readonly #timer: LaneTimer;
  /** A unit of null packets. */
  readonly #nulls: number;
  readonly #own = new PacketBatch(Math.ceil(AHEAD_BYTES / UNIT_SIZE));
  #ahead: number | undefined;
  #fixer: ContinuityFixer | undefined;
  #source: PsiCache | undefined;
  #heardAt: Instant | undefined;
  /** The timer runs. */
  #isArmed = false;
  #isOwn = false;

  /** Throws the Fault `arena_exhausted`. */
  constructor(lane: Lane, bus: Bus, hooks: ContinuityHooks) {
    this.#lane = lane;
    this.#bus = bus;
    this.#hooks = hooks;
    this.#nulls = lane.arena.reserve(UNIT_SIZE);
    lane.arena.bytes.fill(0xff, this.#nulls, this.#nulls + UNIT_SIZE);
    for (let at = this.#nulls; at < this.#nulls + UNIT_SIZE; at += PACKET_SIZE) {
      writeHeader(lane.arena.bytes, at, { pid: NULL_PID });
    }
    this.#timer = lane.timer({ run: () => this.#keepAlive(), failed: (cause) => hooks.failed(cause) });
  }

  /** Where the PCRs on the bus stand; `undefined` before the first packet. */
  get pcrLog(): PcrLog | undefined {
    return this.#fixer?.pcrLog;
  }

  /** Jumps of the clocks since the flow was opened. */
  get sourceDiscontinuities(): number {
    return this.#fixer?.sourceDiscontinuities ?? 0;
  }

  /** Another input is on air, or none. Before anything was on the bus there is nothing to go on from. */
  follow(source: PsiCache | undefined): void {
    this.#source = source;
    if (source === undefined) {
      this.#heardAt = undefined;
      return;
    }
    const fixer = this.#fixer;
    if (fixer === undefined) {
      return;
    }
    this.#heard(this.#lane.now);
    this.#ahead ??= this.#lane.arena.reserve(AHEAD_BYTES);
    fixer.switch();
    if (source.isKnown) {
      this.#give(this.#ahead, fixer.announce(source, this.#lane.arena.bytes, this.#ahead, AHEAD_BYTES));
    }
  }

  /** The active input has brought something. */
  heard(): void {
    this.#heard(this.#lane.now);
  }

  rewrite(first: number, end: number): void {
    const source = this.#source;
    if (this.#isOwn || source === undefined) {
      return;
    }
    this.#fixer ??= new ContinuityFixer();
    const { offset, length, mask } = this.#bus;
    const { bytes } = this.#lane.arena;
    const { now } = this.#lane;
    for (let n = first; n < end; n++) {
      const at = offset[n & mask] ?? 0;
      this.#fixer.rewrite(bytes, at, at + (length[n & mask] ?? 0), source, n, now);
    }
  }

  close(): void {
    this.#timer.close();
    this.#lane.arena.release(this.#nulls);
    if (this.#ahead !== undefined) {
      this.#lane.arena.release(this.#ahead);
    }
  }

  #heard(now: Instant): void {
    this.#heardAt = now;
    if (!this.#isArmed && this.#hooks.hasStandby()) {
      this.#isArmed = true;
      this.#timer.set(after(now, KEEP_ALIVE_EVERY));
    }
  }

  #keepAlive(): void {
    const heardAt = this.#heardAt;
    if (heardAt === undefined || !this.#hooks.hasStandby()) {
      this.#isArmed = false;
      return;
    }
    const { now } = this.#lane;
    const due = after(heardAt, KEEP_ALIVE_EVERY);
    if (now < due) {
      this.#timer.set(due);
      return;
    }
    this.#timer.set(after(now, KEEP_ALIVE_EVERY));
    if (this.#source !== undefined && this.#fixer?.hasBegun === true) {
      this.#give(this.#nulls, UNIT_SIZE);
    }
  }

  /** Publishes bytes of ours, in units. */
  #give(at: number, length: number): void {
    const own = this.#own;
    own.clear();
    for (let done = 0; done < length; done += UNIT_SIZE) {
      own.push(at + done, Math.min(UNIT_SIZE, length - done), 0);
    }
    this.#isOwn = true;
    try {
      this.#hooks.publish(own);
    } finally {
      this.#isOwn = false;
    }
  }
}
