import type { Instant } from "@bilbycast/foundation/time";
import type { PsiCatalogue } from "../catalogue/psi-catalogue.ts";
import { NULL_PID } from "../packet.ts";
import { CARRIES_PCR, CONTINUOUS, HAS_MAPS, HAS_PTS, NONE, REFERENCED, ROLES, UNSEEN, type PidTable } from "./pid-table.ts";

/** stream_type of JPEG XS in PES packets. ISO/IEC 13818-1 table 2-34. */
const JPEG_XS = 0x32;

/** Reads from the tables what each PID is for. What is expected from now on has its time from now. */
export class PidRoles {
  /** PID of the first JPEG XS stream; NONE without one. */
  jpegXsPid = NONE;
  #revision = -1;

  /** Reads them when they have changed. */
  follow(catalogue: PsiCatalogue, table: PidTable, now: Instant): void {
    if (catalogue.revision === this.#revision) {
      return;
    }
    this.#revision = catalogue.revision;
    const before = table.flags.slice(0, table.count);
    for (let place = 0; place < table.count; place++) {
      table.flags[place] = (table.flags[place] ?? 0) & ~ROLES;
    }
    this.jpegXsPid = NONE;
    for (const pid of catalogue.programMapPids().values()) {
      refer(table, pid, REFERENCED | HAS_MAPS);
    }
    catalogue.visitReferences((reference) => {
      if (reference.kind === "pcr") {
        refer(table, reference.pid, REFERENCED | CARRIES_PCR | CONTINUOUS);
      } else if (reference.kind === "stream") {
        refer(table, reference.pid, REFERENCED | (reference.isAudioOrVideo ? HAS_PTS | CONTINUOUS : 0));
        this.jpegXsPid = this.jpegXsPid === NONE && reference.streamType === JPEG_XS ? reference.pid : this.jpegXsPid;
      } else {
        refer(table, reference.pid, REFERENCED);
      }
    });
    for (let place = 0; place < table.count; place++) {
      takeUp(table, place, (before[place] ?? 0) & ROLES, now);
    }
  }
}

const refer = (table: PidTable, pid: number, role: number): void => {
  if (pid !== NULL_PID) {
    const place = table.add(pid);
    table.flags[place] = (table.flags[place] ?? 0) | role;
  }
};

const takeUp = (table: PidTable, place: number, before: number, now: Instant): void => {
  const roles = (table.flags[place] ?? 0) & ROLES;
  if (roles !== 0 && before === 0) {
    table.strangerSince[place] = UNSEEN;
    table.lastSeen[place] = now;
  }
  if ((roles & CARRIES_PCR) !== 0 && (before & CARRIES_PCR) === 0) {
    table.lastPcr[place] = now;
  }
  if ((roles & HAS_PTS) === 0) {
    table.lastPts[place] = UNSEEN;
  }
};
