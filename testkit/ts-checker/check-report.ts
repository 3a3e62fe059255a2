/** What can be wrong with a transport stream. */
export type ErrorKind =
  /** 188 bytes that do not begin with 0x47, or fewer than 188 at the end of a datagram. */
  | "sync"
  /** An adaptation field that cannot be, or the reserved value for its presence. */
  | "malformed"
  /** transport_error_indicator. */
  | "transportError"
  /** The continuity counter does not go on, stands still, or a duplicate differs from its original. */
  | "continuity"
  | "sectionCrc"
  /** A section that was begun and not finished. */
  | "brokenSection"
  /** Bytes that continue a section although none was begun. */
  | "straySection"
  | "version"
  /** The PAT names a program map that does not come. */
  | "absentPmt"
  /** Transport packets of PES on a PID that no program map names at that moment. */
  | "unmappedPes"
  /** A PCR that does not follow the one before by up to the longest step, without a discontinuity_indicator. */
  | "pcrJump";

/** `packet`: number in the stream, from 0. */
export type Finding = { kind: ErrorKind; pid: number; packet: number; what: string };

/** A packet with a discontinuity_indicator. `broke`: its continuity counter did not go on. `pcr`: it carries one. */
export type Discontinuity = { pid: number; packet: number; broke: boolean; pcr: boolean };

export type CheckReport = {
  packets: number;
  packetsByPid: Readonly<Record<number, number>>;
  errors: Readonly<Record<ErrorKind, number>>;
  /** The same, of each PID that has any. */
  errorsByPid: Readonly<Record<number, Readonly<Partial<Record<ErrorKind, number>>>>>;
  /** The first hundred errors, in order. */
  first: readonly Finding[];
  /** What is allowed, and counted so that a test can ask for exactly as much. */
  duplicates: number;
  discontinuityCount: number;
  /** The first ten thousand. */
  discontinuities: readonly Discontinuity[];
  /** Whole sections with a right CRC, by the name of their table. */
  sections: Readonly<Record<string, number>>;
  /** Times that a table came with another version than before, by the name of the table. */
  versionChanges: Readonly<Record<string, number>>;
  /** Of those: by another step than +1 modulo 32. */
  versionJumps: number;
};

export const NO_ERRORS: Readonly<Record<ErrorKind, number>> = {
  sync: 0,
  malformed: 0,
  transportError: 0,
  continuity: 0,
  sectionCrc: 0,
  brokenSection: 0,
  straySection: 0,
  version: 0,
  absentPmt: 0,
  unmappedPes: 0,
  pcrJump: 0,
};

const FINDINGS_KEPT = 100;

/** Counts errors by kind and PID, and keeps the first of them. */
export class Findings {
  readonly errors: Record<ErrorKind, number> = { ...NO_ERRORS };
  readonly byPid: Record<number, Partial<Record<ErrorKind, number>>> = {};
  readonly first: Finding[] = [];

  add(kind: ErrorKind, pid: number, packet: number, what: string): void {
    this.errors[kind]++;
    const own = (this.byPid[pid] ??= {});
    own[kind] = (own[kind] ?? 0) + 1;
    if (this.first.length < FINDINGS_KEPT) {
      this.first.push({ kind, pid, packet, what });
    }
  }
}

/** Adds one to a named count. */
export const countUp = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};
