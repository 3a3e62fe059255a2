import type { PacketBatch } from "@bilbycast/foundation/packets";
import { after } from "@bilbycast/foundation/time";
import type { Lane, LaneTimer } from "@bilbycast/engine/io";
import { BandwidthGuard, SAMPLE, type BandwidthChange } from "./bandwidth-guard.ts";
import type { Bandwidth } from "./spec.ts";

/** Measures what a flow's active input brings, on its lane, and keeps it off the bus while the flow is blocked. */
export class BandwidthWatch {
  readonly #guard: BandwidthGuard;
  readonly #timer: LaneTimer;

  constructor(lane: Lane, bound: Bandwidth, hooks: { changed: (change: BandwidthChange) => void; failed: (cause: unknown) => void }) {
    const guard = new BandwidthGuard(bound, lane.now);
    this.#guard = guard;
    this.#timer = lane.timer({
      run: () => {
        const change = guard.sample(lane.now);
        if (change !== undefined) {
          hooks.changed(change);
        }
        this.#timer.set(after(lane.now, SAMPLE));
      },
      failed: hooks.failed,
    });
    this.#timer.set(after(lane.now, SAMPLE));
  }

  /** Counts a batch; false when it must not pass. */
  admits(batch: PacketBatch): boolean {
    let bytes = 0;
    for (let i = 0; i < batch.count; i++) {
      bytes += batch.length[i] ?? 0;
    }
    this.#guard.count(bytes);
    return this.#guard.state !== "blocked";
  }

  close(): void {
    this.#timer.close();
  }
}
