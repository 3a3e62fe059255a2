import type { PacketBatch } from "@bilbycast/foundation/packets";
import { after, seconds, type Instant } from "@bilbycast/foundation/time";
import { findRandomAccess, type PsiCache } from "@bilbycast/protocols/mpegts";
import type { Lane, LaneTimer } from "@bilbycast/engine/io";

/** A switch that is not through by then is told as unconfirmed. */
const CONFIRM_WITHIN = seconds(2);

/** Why a switch is not confirmed. */
export type SwitchDoubt = "no_packet" | "no_random_access_point" | "output_silent" | "superseded" | "input_not_open";

/** What became of a switch: instants of the lane's clock, absent for what did not happen. */
export type SwitchOutcome = {
  /** The input that went on air, by the lane's name. */
  inputId: string;
  commandedAt: Instant;
  /** When the lane obeyed. */
  switchedAt: Instant;
  firstPacketAt?: Instant;
  randomAccessAt?: Instant;
  /** Of each output that was there: when its first datagram of the new source was handed to the system. */
  outputs: { id: string; firstDatagramAt?: Instant }[];
  /** Empty: confirmed. */
  doubts: SwitchDoubt[];
};

/** Follows one switch through its lane, from the command to the first datagram of each output. */
export class SwitchWatch {
  readonly #lane: Lane;
  readonly #outcome: SwitchOutcome;
  readonly #tell: (outcome: SwitchOutcome) => void;
  readonly #timer: LaneTimer;
  /** Number on the bus of the first packet that the new source brought. */
  #first: number | undefined;
  #waiting: number;
  #isOver = false;

  constructor(
    lane: Lane,
    what: { inputId: string; commandedAt: Instant; outputs: readonly string[] },
    hooks: { tell: (outcome: SwitchOutcome) => void; failed: (cause: unknown) => void },
  ) {
    this.#lane = lane;
    this.#tell = hooks.tell;
    const { inputId, commandedAt, outputs } = what;
    this.#outcome = { inputId, commandedAt, switchedAt: lane.now, outputs: outputs.map((id) => ({ id })), doubts: [] };
    this.#waiting = outputs.length;
    this.#timer = lane.timer({ run: () => this.#giveUp(), failed: hooks.failed });
    this.#timer.set(after(lane.now, CONFIRM_WITHIN));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The new source's packets are about to become number `head` of the bus and those behind it. */
  published(batch: PacketBatch, head: number, source: PsiCache): void {
    const outcome = this.#outcome;
    if (this.#first === undefined) {
      this.#first = head;
      outcome.firstPacketAt = this.#lane.now;
    }
    if (outcome.randomAccessAt !== undefined) {
      return;
    }
    const { bytes } = this.#lane.arena;
    for (let row = 0; row < batch.count; row++) {
      const at = batch.offset[row] ?? 0;
      if (findRandomAccess(bytes, at, at + (batch.length[row] ?? 0), source) >= 0) {
        outcome.randomAccessAt = this.#lane.now;
        this.#settle();
        return;
      }
    }
  }

  /** An output has sent everything before packet `next` of the bus. */
  sent(outputId: string, next: number): void {
    if (this.#first === undefined || next <= this.#first || this.#isOver) {
      return;
    }
    for (const output of this.#outcome.outputs) {
      if (output.id === outputId && output.firstDatagramAt === undefined) {
        output.firstDatagramAt = this.#lane.driver.now();
        this.#waiting--;
        this.#settle();
      }
    }
  }

  /** An output is no more, or another stands in its place. */
  outputGone(outputId: string, heir?: string): void {
    const { outputs } = this.#outcome;
    const place = outputs.findIndex(({ id, firstDatagramAt }) => id === outputId && firstDatagramAt === undefined);
    if (place >= 0 && heir === undefined) {
      outputs.splice(place, 1);
      this.#waiting--;
      this.#settle();
    } else if (place >= 0 && heir !== undefined) {
      outputs[place] = { id: heir };
    }
  }

  /** Another switch came before this one was through, or the flow ends. */
  supersede(): void {
    this.#end(["superseded"]);
  }

  close(): void {
    this.#isOver = true;
    this.#timer.close();
  }

  #settle(): void {
    if (this.#waiting === 0 && this.#first !== undefined && this.#outcome.randomAccessAt !== undefined) {
      this.#end([]);
    }
  }

  #giveUp(): void {
    const { firstPacketAt, randomAccessAt } = this.#outcome;
    if (firstPacketAt === undefined) {
      this.#end(["no_packet"]);
    } else {
      this.#end([
        ...(randomAccessAt === undefined ? (["no_random_access_point"] as const) : []),
        ...(this.#waiting > 0 ? (["output_silent"] as const) : []),
      ]);
    }
  }

  #end(doubts: SwitchDoubt[]): void {
    if (!this.#isOver) {
      this.close();
      this.#outcome.doubts = doubts;
      this.#tell(this.#outcome);
    }
  }
}
