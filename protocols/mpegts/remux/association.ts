import type { ProgramAssociation } from "../psi/program-tables.ts";

/** A stream with more programs than that is not followed further: the tables are bounded. */
const MOST_PROGRAMS = 512;

/** The PIDs that a program may have: below are those of fixed tables, above is stuffing. ISO/IEC 13818-1 table 2-3. */
export const isFree = (pid: number): boolean => pid >= 0x10 && pid <= 0x1ffe;

/**
 * The programs of a PAT of one or several sections. While a new version is not whole, programs that it has not named yet stay as they were;
 * when it is, what it does not name is gone.
 */
export class Association {
  /** PID of the map by program_number. */
  programs: ReadonlyMap<number, number> = new Map();
  transportStreamId = 0;
  versionNumber = 0;
  #last = -1;
  #sections = new Map<number, ProgramAssociation["programs"]>();

  /** Takes a section that is valid now; says whether it begins another version of the table. */
  take(table: ProgramAssociation): boolean {
    const { transportStreamId, versionNumber, sectionNumber, lastSectionNumber } = table;
    const isOther =
      versionNumber !== this.versionNumber || transportStreamId !== this.transportStreamId || lastSectionNumber !== this.#last;
    if (isOther) {
      this.#sections = new Map();
      this.versionNumber = versionNumber;
      this.transportStreamId = transportStreamId;
      this.#last = lastSectionNumber;
    }
    this.#sections.set(sectionNumber, table.programs);
    const isWhole = this.#sections.size > lastSectionNumber;
    const programs = new Map(isWhole ? [] : this.programs);
    for (const section of this.#sections.values()) {
      for (const { programNumber, programMapPid } of section) {
        if (isFree(programMapPid) && (programs.size < MOST_PROGRAMS || programs.has(programNumber))) {
          programs.set(programNumber, programMapPid);
        }
      }
    }
    this.programs = programs;
    return isOther;
  }
}
