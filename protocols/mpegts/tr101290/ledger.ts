import type { Instant } from "@bilbycast/foundation/time";
import { PACKET_SIZE } from "../packet.ts";
import { CHECK_NAMES, CHECKS, type Check } from "./checks.ts";

/** The first packet that failed a check. */
export type Evidence = {
  at: Instant;
  /** When the check failed last. */
  lastAt: Instant;
  /** The PID that is bad or missed; absent where it is about the stream as a whole. */
  pid?: number;
  /** A copy of the packet; of a pause there is none. */
  packet?: Uint8Array;
};

/** Errors of one check: since the beginning, and in the window that was closed last. */
export type CheckResult = { count: number; window: number; evidence?: Evidence };

type Entry = { count: number; running: number; closed: number; evidence: Evidence | undefined };

/** Errors of each check: since the beginning, in the window that runs, and in the last one that was closed. */
export class Ledger {
  readonly #entries = Object.fromEntries(
    CHECK_NAMES.map((check): [Check, Entry] => [check, { count: 0, running: 0, closed: 0, evidence: undefined }]),
  ) as Record<Check, Entry>;

  /** Counts an error. `bytes` and `position`: the packet that shows it. */
  add(check: Check, now: Instant, pid?: number, bytes?: Uint8Array, position = 0): void {
    const entry = this.#entries[check];
    entry.count++;
    entry.running++;
    if (entry.evidence === undefined) {
      const packet = bytes?.slice(position, position + PACKET_SIZE);
      entry.evidence = { at: now, lastAt: now, ...(pid === undefined ? {} : { pid }), ...(packet === undefined ? {} : { packet }) };
    }
    entry.evidence.lastAt = now;
  }

  count(check: Check): number {
    return this.#entries[check].count;
  }

  /** Of the window that was closed last. */
  windowCount(check: Check): number {
    return this.#entries[check].closed;
  }

  /** Whether no check of a priority failed in the window that was closed last, leaving out those named. */
  isClean(priority: 1 | 2 | 3, except: readonly Check[] = []): boolean {
    return CHECK_NAMES.every((check) => CHECKS[check].priority !== priority || this.windowCount(check) === 0 || except.includes(check));
  }

  results(): Record<Check, CheckResult> {
    const result = (check: Check): [Check, CheckResult] => {
      const { count, closed, evidence } = this.#entries[check];
      return [check, { count, window: closed, ...(evidence === undefined ? {} : { evidence: { ...evidence } }) }];
    };
    return Object.fromEntries(CHECK_NAMES.map(result)) as Record<Check, CheckResult>;
  }

  evidence(check: Check): Evidence | undefined {
    return this.#entries[check].evidence;
  }

  closeWindow(): void {
    for (const check of CHECK_NAMES) {
      const entry = this.#entries[check];
      entry.closed = entry.running;
      entry.running = 0;
    }
  }

  /** From zero, without evidence. */
  reset(): void {
    for (const check of CHECK_NAMES) {
      Object.assign(this.#entries[check], { count: 0, running: 0, closed: 0, evidence: undefined });
    }
  }
}
