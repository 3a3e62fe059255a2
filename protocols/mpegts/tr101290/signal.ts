import { milliseconds, type Microseconds } from "@bilbycast/foundation/time";

/** Packets without and with a sync byte, one after the other, that lose and find the grid. TR 101 290 §5.2.1 1.1. */
const BAD_PACKETS = 5;
const GOOD_PACKETS = 5;

/** Without any packet for so long there is no signal. */
export const SILENCE: Microseconds = milliseconds(500);

/** waiting: nothing has come. inSync: packets are looked at. lost: the grid was lost. silent: nothing comes any more. */
export type SignalState = "waiting" | "inSync" | "lost" | "silent";

/** What a packet, or the time that passed, does to the signal. */
export type SignalTurn = "none" | "bad" | "lost" | "regained";

/**
 * Whether there is a signal in which something can be measured. Both losing the grid and silence are a loss of sync, which counts once when
 * it begins; while it lasts nothing else can be said, and afterwards everything is looked at anew.
 */
export class Signal {
  state: SignalState = "waiting";
  #bad = 0;
  #good = 0;

  /** A packet came while all was not plainly well. `bad`: leave it out, it has no sync byte. `regained`: this packet is the first to be looked at. */
  take(hasSyncByte: boolean): SignalTurn {
    if (this.state === "inSync") {
      this.#bad = hasSyncByte ? 0 : this.#bad + 1;
      if (this.#bad < BAD_PACKETS) {
        return hasSyncByte ? "none" : "bad";
      }
      this.#lose("lost");
      return "lost";
    }
    this.#good = hasSyncByte ? this.#good + 1 : 0;
    const isFirst = this.state === "waiting" && hasSyncByte;
    if (!isFirst && this.#good < GOOD_PACKETS) {
      this.state = this.state === "silent" ? "lost" : this.state;
      return "none";
    }
    this.state = "inSync";
    this.#bad = 0;
    return "regained";
  }

  /** Nothing came for SILENCE. True when that is news that counts. */
  fallSilent(): boolean {
    const counts = this.state === "inSync";
    if (this.state !== "waiting") {
      this.#lose("silent");
    }
    return counts;
  }

  get isSteady(): boolean {
    return this.state === "inSync" && this.#bad === 0;
  }

  begin(): void {
    this.#lose("waiting");
  }

  #lose(state: SignalState): void {
    this.state = state;
    this.#good = 0;
    this.#bad = 0;
  }
}
