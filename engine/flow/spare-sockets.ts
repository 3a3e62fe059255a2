import { after, seconds } from "@bilbycast/foundation/time";
import type { Lane, LaneTimer } from "@bilbycast/engine/io";
import type { Spare } from "@bilbycast/engine/transport";

/** A socket that could not be opened while another one does its work is tried again this much later. */
const RETRY = seconds(5);

/**
 * Those sockets of a part of which any one is enough. One that cannot be opened is tried again as long as another is open;
 * when none is, the part cannot be opened.
 */
export class SpareSockets {
  readonly #lane: Lane;
  readonly #failed: (cause: unknown) => void;
  readonly #timers: LaneTimer[] = [];
  #firstRefusal: { cause: unknown } | undefined;
  #open = 0;
  #pending = 0;
  #isClosed = false;

  constructor(lane: Lane, failed: (cause: unknown) => void) {
    this.#lane = lane;
    this.#failed = failed;
  }

  /**
   * Opens one. `open` throws, or rejects, when it cannot be had now. Returns what is to be waited for where that takes its time;
   * it rejects when none of them could be had.
   */
  add(spare: Spare, open: () => Promise<void> | undefined): Promise<void> | undefined {
    const timer = this.#lane.timer({ run: () => this.#again(spare, open, timer), failed: this.#failed });
    this.#timers.push(timer);
    spare.isOpen.set(0);
    try {
      const opening = open();
      if (opening === undefined) {
        this.#opened(spare);
        return undefined;
      }
      this.#pending++;
      return opening.then(
        () => {
          this.#pending--;
          this.#opened(spare);
        },
        (cause: unknown) => {
          this.#pending--;
          this.#refused(cause, timer);
          this.demandOne();
        },
      );
    } catch (cause) {
      this.#refused(cause, timer);
      return undefined;
    }
  }

  /** Throws what the first of them was refused with, when all were. */
  demandOne(): void {
    if (this.#firstRefusal !== undefined && this.#open + this.#pending === 0) {
      this.close();
      throw this.#firstRefusal.cause;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) {
      timer.close();
    }
  }

  #opened(spare: Spare): void {
    this.#open++;
    if (!this.#isClosed) {
      spare.isOpen.set(1);
    }
  }

  #refused(cause: unknown, timer: LaneTimer): void {
    this.#firstRefusal ??= { cause };
    this.#tryLater(timer);
  }

  /** Sockets that open by and by are refused between passes. */
  #tryLater(timer: LaneTimer): void {
    if (!this.#isClosed) {
      timer.set(after(this.#lane.now, RETRY));
      this.#lane.driver.nudge?.();
    }
  }

  #again(spare: Spare, open: () => Promise<void> | undefined, timer: LaneTimer): void {
    const later = (): void => this.#tryLater(timer);
    try {
      const opening = open();
      if (opening === undefined) {
        this.#opened(spare);
      } else {
        opening.then(() => this.#opened(spare), later);
      }
    } catch {
      later();
    }
  }
}
