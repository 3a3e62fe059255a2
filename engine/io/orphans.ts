import { readFileSync } from "node:fs";
import { milliseconds } from "@bilbycast/foundation/time";
import { LoopTimer } from "./clocks.ts";
import { loadFfiLibc } from "./ffi-libc.ts";
import { loadLibc, type Libc } from "./libc.ts";

/** sys/wait.h: nobody is waited for who has not ended. */
const WNOHANG = 1;
const LOOK_EVERY = milliseconds(50);
/** Looks after which one that does not end is left to the system. */
const MOST_LOOKS = 200;

/**
 * Ends programs that a thread of this process started and did not live to wait for, with all that they started. The system keeps what ended
 * until its parent asks for it, and only the loop that started it would: without this each stays in the table of processes as long as we
 * run. Where the C library cannot be called it does.
 */
export const endOrphans = (pids: readonly number[]): void => {
  const left = new Set(pids.filter(isOurs));
  for (const pid of left) {
    killGroup(pid);
  }
  const libc = left.size === 0 ? undefined : libcHere();
  if (libc !== undefined) {
    let looks = 0;
    const timer = new LoopTimer(() => {
      for (const pid of left) {
        // 0: it has not ended. Anything else: it is gone, or somebody else has asked.
        if (libc.waitpid(pid, 0, WNOHANG) !== 0) {
          left.delete(pid);
        }
      }
      if (left.size > 0 && ++looks < MOST_LOOKS) {
        timer.in(LOOK_EVERY);
      }
    });
    timer.in(0);
  }
};

/** A number whose process was waited for may be another's by now. */
const isOurs = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === process.pid;
  } catch {
    return false;
  }
};

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
};

const libcHere = (): Libc | undefined => {
  for (const load of [loadLibc, loadFfiLibc]) {
    try {
      return load();
    } catch {
      // The next one may serve.
    }
  }
  return undefined;
};
