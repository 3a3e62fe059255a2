import type { MediaMachine, PacketBatch, Wire } from "@bilbycast/foundation/packets";
import { instant, type Instant } from "@bilbycast/foundation/time";
import type { ActivePath } from "./active-path.ts";
import { PathState, type PathCounters } from "./path-state.ts";

/**
 * One of two paths whose packets have no numbers in common, so that they cannot be made one: what comes passes while the path is the
 * active one, to `units`, and is dropped while the other one is.
 */
export class FailoverPath implements MediaMachine {
  readonly #path: 0 | 1;
  readonly #active: ActivePath;
  readonly #units: MediaMachine;
  readonly #state: PathState;

  constructor(path: 0 | 1, active: ActivePath, units: MediaMachine, counters: PathCounters) {
    this.#path = path;
    this.#active = active;
    this.#units = units;
    this.#state = new PathState(counters);
  }

  /** When what has begun is passed on, or the path is down. */
  get deadline(): Instant {
    return instant(Math.min(this.#units.deadline, this.#state.deadline));
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, reply: Wire): void {
    const state = this.#state;
    for (let i = 0; i < batch.count; i++) {
      state.bytes += batch.length[i] ?? 0;
    }
    state.received += batch.count;
    state.heard(now);
    if (this.#active.admits(this.#path, now)) {
      state.forwarded += batch.count;
      this.#units.receive(batch, now, out, reply);
    } else {
      state.duplicate += batch.count;
      this.#due(now, out, reply);
    }
    state.settle();
  }

  expire(now: Instant, out: PacketBatch, reply: Wire): void {
    this.#state.expire(now);
    this.#due(now, out, reply);
  }

  close(): void {
    this.#units.close();
  }

  /** What had begun when the path was the active one. */
  #due(now: Instant, out: PacketBatch, reply: Wire): void {
    if (this.#units.deadline <= now) {
      this.#units.expire(now, out, reply);
    }
  }
}
