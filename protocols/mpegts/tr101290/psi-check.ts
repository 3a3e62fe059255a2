import { u16 } from "@bilbycast/foundation/bytes";
import { milliseconds, type Instant } from "@bilbycast/foundation/time";
import { CAT_PID, CAT_TABLE, PAT_PID, PAT_TABLE, PMT_TABLE } from "../psi/program-tables.ts";
import { UNSEEN } from "./pid-table.ts";
import type { OnSectionError } from "./section-check.ts";

/** TR 101 290 §5.2.1: the longest pause of PAT and maps. A CAT is given as long when packets begin to be scrambled. */
const TABLE_EVERY = milliseconds(500);

/** program_number to PID of its map. */
type Maps = ReadonlyMap<number, number>;

/** Looks at PAT, CAT and maps as they come, and for those that do not. */
export class PsiCheck {
  patSections = 0;
  pmtSections = 0;
  readonly #onError: OnSectionError;
  /** When the map of each program came last. */
  readonly #lastMap = new Map<number, number>();
  #lastAssociation = UNSEEN;
  #lastAccess = UNSEEN;
  #lastScrambled = UNSEEN;
  /** From when on a CAT is missed. */
  #accessDue = 0;

  constructor(onError: OnSectionError) {
    this.#onError = onError;
  }

  /** Takes a section with a right CRC; false when it is another table. */
  take(pid: number, section: Uint8Array, maps: Maps, now: Instant): boolean {
    const tableId = section[0] ?? 0;
    if (pid === PAT_PID) {
      this.#takeAssociation(tableId, now);
      return true;
    }
    if (pid === CAT_PID) {
      this.#takeAccess(tableId, now);
      return true;
    }
    const programNumber = u16(section, 3);
    if (tableId !== PMT_TABLE || maps.get(programNumber) !== pid) {
      return false;
    }
    this.pmtSections++;
    this.#lastMap.set(programNumber, now);
    return true;
  }

  /** A scrambled packet came. Who descrambles needs a CAT: it is missed when none came for so long, and then like another table. */
  takeScrambled(now: Instant): void {
    if (this.#lastScrambled === UNSEEN || now - this.#lastScrambled > TABLE_EVERY) {
      this.#accessDue = now + TABLE_EVERY;
    }
    this.#lastScrambled = now;
    const due = Math.max(this.#accessDue, this.#lastAccess === UNSEEN ? 0 : this.#lastAccess + TABLE_EVERY);
    if (now > due) {
      this.#accessDue = now + TABLE_EVERY;
      this.#onError("cat");
    }
  }

  /** Looks for what has not come since `startedAt`. */
  expire(maps: Maps, startedAt: number, now: Instant): void {
    if (now - sinceOf(this.#lastAssociation, startedAt) > TABLE_EVERY) {
      this.#lastAssociation = now;
      this.#onError("pat", PAT_PID);
    }
    for (const programNumber of this.#lastMap.keys()) {
      if (!maps.has(programNumber)) {
        this.#lastMap.delete(programNumber);
      }
    }
    for (const [programNumber, pid] of maps) {
      const last = this.#lastMap.get(programNumber);
      if (last === undefined) {
        this.#lastMap.set(programNumber, now);
      } else if (now - sinceOf(last, startedAt) > TABLE_EVERY) {
        this.#lastMap.set(programNumber, now);
        this.#onError("pmt", pid);
      }
    }
  }

  /** Forgets when tables came. */
  forget(): void {
    this.#lastAssociation = UNSEEN;
    this.#lastAccess = UNSEEN;
    this.#lastScrambled = UNSEEN;
    for (const programNumber of this.#lastMap.keys()) {
      this.#lastMap.set(programNumber, UNSEEN);
    }
  }

  #takeAssociation(tableId: number, now: Instant): void {
    if (tableId === PAT_TABLE) {
      this.patSections++;
      this.#lastAssociation = now;
    } else {
      this.#onError("pat");
    }
  }

  #takeAccess(tableId: number, now: Instant): void {
    if (tableId === CAT_TABLE) {
      this.#lastAccess = now;
    } else {
      this.#onError("cat");
    }
  }
}

const sinceOf = (last: number, startedAt: number): number => (last === UNSEEN ? startedAt : last);
