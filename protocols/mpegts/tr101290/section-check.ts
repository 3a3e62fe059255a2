import { milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { EIT_PID, NIT_PID, RST_PID, SDT_PID, TDT_PID } from "../psi/service-tables.ts";
import type { Check } from "./checks.ts";

/** One kind of table of the service information: which may lie on its PID, which of them is missed, after how long. TR 101 290 table 5.0c. */
type Rule = { check: Check; allows: (tableId: number) => boolean; missed: number; every: Microseconds };

/** Discontinuity information, stuffing. EN 300 468 table 2. */
const ANYWHERE = 0x72;

/** Running status comes when there is something to tell. */
const NONE = -1;

const RULES: ReadonlyMap<number, Rule> = new Map([
  [NIT_PID, { check: "nit", allows: (id) => id === 0x40 || id === 0x41, missed: 0x40, every: seconds(10) }],
  [SDT_PID, { check: "sdt", allows: (id) => id === 0x42 || id === 0x46 || id === 0x4a, missed: 0x42, every: seconds(2) }],
  [EIT_PID, { check: "eit", allows: (id) => id >= 0x4e && id <= 0x6f, missed: 0x4e, every: seconds(2) }],
  [RST_PID, { check: "rst", allows: (id) => id === 0x71, missed: NONE, every: seconds(0) }],
  [TDT_PID, { check: "tdt", allows: (id) => id === 0x70 || id === 0x73, missed: 0x70, every: seconds(30) }],
] satisfies [number, Rule][]);

/** The same section comes at most so often. EN 300 468 §5.1.4. */
const APART = milliseconds(25);

/** Sections whose time is remembered; a stream with more begins to be forgotten. */
const MOST_SECTIONS = 4_096;

/**
 * Looks at the tables of the service information as they come. A stream without a table is no worse for it: what is missed is what has
 * come before.
 */
export class SectionCheck {
  readonly #onError: (check: Check) => void;
  readonly #lastOf = new Map<number, number>();
  readonly #lastSection = new Map<number, number>();

  constructor(onError: (check: Check) => void) {
    this.#onError = onError;
  }

  /** Takes a section with a right CRC. */
  take(pid: number, section: Uint8Array, now: Instant): void {
    const rule = RULES.get(pid);
    if (rule === undefined) {
      return;
    }
    const tableId = section[0] ?? 0;
    if (tableId === rule.missed) {
      this.#lastOf.set(pid, now);
    } else if (tableId !== ANYWHERE && !rule.allows(tableId)) {
      this.#onError(rule.check);
    }
    if (pid < RST_PID && tableId !== ANYWHERE) {
      this.#lookAtRepetition(pid, section, now);
    }
  }

  /** Looks for tables that have not come again. */
  expire(now: Instant): void {
    for (const [pid, last] of this.#lastOf) {
      const rule = RULES.get(pid);
      if (rule !== undefined && now - last > rule.every) {
        this.#onError(rule.check);
        this.#lastOf.set(pid, now);
      }
    }
  }

  #lookAtRepetition(pid: number, section: Uint8Array, now: Instant): void {
    const extension = ((section[3] ?? 0) << 8) | (section[4] ?? 0);
    const key = ((pid * 256 + (section[0] ?? 0)) * 65_536 + extension) * 256 + (section[6] ?? 0);
    const before = this.#lastSection.get(key);
    if (before !== undefined && now - before < APART) {
      this.#onError("siRepetition");
    }
    if (before === undefined && this.#lastSection.size >= MOST_SECTIONS) {
      this.#lastSection.clear();
    }
    this.#lastSection.set(key, now);
  }
}
