import { milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import type { Check } from "./checks.ts";
import { CARRIES_PCR, CONTINUOUS, HAS_PTS, MISSING, ROLES, UNSEEN, type PidTable } from "./pid-table.ts";

/** TR 101 290 tables 5.0a to 5.0c: the longest pauses. */
const PID_EVERY = seconds(5);
const PTS_EVERY = milliseconds(700);
const UNREFERENCED_AFTER = milliseconds(500);
/** A PCR that comes late is told by its value. This is for a clock that stands still: longer than the network holds anything back. */
const PCR_EVERY = seconds(1);
/** A PID that no table names is forgotten after so long without a packet: wrong bits make up PIDs that nobody sends. */
const FORGOTTEN_AFTER = seconds(10);

/** PIDs below are reserved for tables. EN 300 468 table 1, ISO/IEC 13818-1 table 2-3. */
const FIRST_FREE_PID = 0x20;

/** A pause and what it is counted from. */
type OnPause = (check: Check, pid: number) => void;

/** Looks for PIDs, time stamps and clocks that stay away, and for PIDs that nobody names. Only PIDs that came or are named are looked at. */
export const lookForPauses = (table: PidTable, startedAt: number, now: Instant, hasTables: boolean, onPause: OnPause): void => {
  // Backwards: a row that is given up is filled by the last one, which has been looked at.
  for (let place = table.count - 1; place >= 0; place--) {
    const flags = table.flags[place] ?? 0;
    if ((flags & ROLES) === 0) {
      lookAtStranger(table, place, startedAt, now, hasTables, onPause);
    } else if ((flags & CONTINUOUS) !== 0) {
      lookAtContinuous(table, place, startedAt, now, onPause);
    } else {
      table.flags[place] = flags & ~MISSING;
    }
  }
};

const lookAtContinuous = (table: PidTable, place: number, startedAt: number, now: Instant, onPause: OnPause): void => {
  const flags = table.flags[place] ?? 0;
  const pid = table.pids[place] ?? 0;
  if (now - since(table.lastSeen, place, startedAt) > PID_EVERY) {
    if ((flags & MISSING) === 0) {
      table.flags[place] = flags | MISSING;
      // Its time stamps and its clock are no further news.
      table.lastPts[place] = UNSEEN;
      onPause("pid", pid);
    }
    return;
  }
  table.flags[place] = flags & ~MISSING;
  if ((flags & HAS_PTS) !== 0 && table.lastPts[place] !== UNSEEN) {
    pause("pts", table.lastPts, place, startedAt, PTS_EVERY, now, pid, onPause);
  }
  if ((flags & CARRIES_PCR) !== 0) {
    pause("pcrRepetition", table.lastPcr, place, startedAt, PCR_EVERY, now, pid, onPause);
  }
};

/** Counts a pause that is too long, and the time from then on as the next one. */
const pause = (
  check: Check,
  column: Float64Array,
  place: number,
  startedAt: number,
  every: Microseconds,
  now: Instant,
  pid: number,
  onPause: OnPause,
): void => {
  if (now - since(column, place, startedAt) > every) {
    column[place] = now;
    onPause(check, pid);
  }
};

/** Nobody can be said to have forgotten a PID before there are tables. */
const lookAtStranger = (table: PidTable, place: number, startedAt: number, now: Instant, hasTables: boolean, onPause: OnPause): void => {
  const pid = table.pids[place] ?? 0;
  const lastSeen = since(table.lastSeen, place, startedAt);
  if (now - lastSeen > FORGOTTEN_AFTER) {
    table.remove(place);
    return;
  }
  if (pid < FIRST_FREE_PID) {
    return;
  }
  if (!hasTables || table.strangerSince[place] === UNSEEN) {
    table.strangerSince[place] = now;
  } else if (lastSeen >= (table.strangerSince[place] ?? 0) + UNREFERENCED_AFTER) {
    table.strangerSince[place] = now;
    onPause("unreferencedPid", pid);
  }
};

const since = (column: Float64Array, place: number, startedAt: number): number => {
  const last = column[place] ?? UNSEEN;
  return last === UNSEEN ? startedAt : last;
};
