import { milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { EIT_PID, NIT_PID, RST_PID, SDT_PID, TDT_PID } from "../psi/service-information.ts";
import type { Check } from "./checks.ts";

/** One kind of table of the service information: which may lie on its PID, which of them is missed, after how long. TR 101 290 table 5.0c. */
type Rule = { check: Check; allows: (tableId: number) => boolean; missed: number; every: Microseconds };

/** Stuffing. EN 300 468 table 2. */
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

/** Between two sections of a sub-table, whichever their section_number. EN 300 468 §5.1.4.1. */
const APART = milliseconds(25);

/** How long a sub-table about other streams may be away, by table_id. ETSI TR 101 211 §4.4. */
const OTHERS_EVERY: ReadonlyMap<number, Microseconds> = new Map([
  [0x41, seconds(10)],
  [0x46, seconds(10)],
  [0x4a, seconds(10)],
  [0x4f, seconds(20)],
]);
const SWEEP = seconds(1);

/** Sub-tables whose time is remembered; of a stream with more the one that came up first is forgotten. */
const MOST_SUB_TABLES = 1_024;

type SubTable = { tableId: number; pid: number; last: number };

/** How it tells of an error; the PID is known where a table is missed. */
export type OnSectionError = (check: Check, missedPid?: number) => void;

/**
 * Looks at the tables of the service information as they come. A stream without a table is no worse for it: what is missed is what has
 * come before.
 */
export class SectionCheck {
  /** Service information has come. */
  hasTables = false;
  readonly #onError: OnSectionError;
  readonly #lastOf = new Map<number, number>();
  readonly #subTables = new Map<number, SubTable>();
  #sweptAt = 0;

  constructor(onError: OnSectionError) {
    this.#onError = onError;
  }

  /** Takes a section with a right CRC. */
  take(pid: number, section: Uint8Array, now: Instant): void {
    const rule = RULES.get(pid);
    const tableId = section[0] ?? 0;
    if (rule === undefined || tableId === ANYWHERE) {
      return;
    }
    if (!rule.allows(tableId)) {
      this.#onError(rule.check);
      return;
    }
    this.hasTables = true;
    if (tableId === rule.missed) {
      this.#lastOf.set(pid, now);
    }
    this.#lookAtRepetition(pid, tableId, section, now);
  }

  /** Looks for tables that have not come again. */
  expire(now: Instant): void {
    for (const [pid, last] of this.#lastOf) {
      const rule = RULES.get(pid);
      if (rule !== undefined && now - last > rule.every) {
        this.#onError(rule.check, pid);
        this.#lastOf.set(pid, now);
      }
    }
    if (now - this.#sweptAt >= SWEEP) {
      this.#sweptAt = now;
      this.#sweep(now);
    }
  }

  /** Forgets when tables came; which of them there are is learnt anew. */
  forget(): void {
    this.#lastOf.clear();
    this.#subTables.clear();
  }

  #lookAtRepetition(pid: number, tableId: number, section: Uint8Array, now: Instant): void {
    const hasExtension = ((section[1] ?? 0) & 0x80) !== 0;
    const extension = hasExtension ? ((section[3] ?? 0) << 8) | (section[4] ?? 0) : 0;
    const key = (tableId << 16) | extension;
    const known = this.#subTables.get(key);
    if (known !== undefined) {
      if (now - known.last < APART) {
        this.#onError("siRepetition");
      }
      known.last = now;
      return;
    }
    if (this.#subTables.size >= MOST_SUB_TABLES) {
      for (const oldest of this.#subTables.keys()) {
        this.#subTables.delete(oldest);
        break;
      }
    }
    this.#subTables.set(key, { tableId, pid, last: now });
  }

  /** A sub-table about another stream that stays away is missed once: it may have been taken out. */
  #sweep(now: Instant): void {
    for (const [key, { tableId, pid, last }] of this.#subTables) {
      if (now - last > (OTHERS_EVERY.get(tableId) ?? Infinity)) {
        this.#onError("siRepetition", pid);
        this.#subTables.delete(key);
      }
    }
  }
}
