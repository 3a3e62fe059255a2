import { readdirSync, readFileSync } from "node:fs";

/** A process of the machine. `state`: the letter that the system has for it, Z for one that ended and was not waited for. */
export type ChildProcess = { pid: number; parent: number; state: string; words: string };

const processOf = (pid: string): ChildProcess[] => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [{ pid: Number(pid), parent: Number(parent), state, words: readFileSync(`/proc/${pid}/cmdline`, "latin1") }];
  } catch {
    return [];
  }
};

/** What this process has started and not seen the end of. */
export const children = (): ChildProcess[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(processOf)
    .filter(({ parent }) => parent === process.pid);
