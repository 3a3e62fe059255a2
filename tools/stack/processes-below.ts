import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Processes whose program, folder or words name the folder or something below it. Linux only; each with its words. */
export const processesBelow = (folder: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const words = wordsOf(pid);
      return words.includes(folder) || linkOf(pid, "cwd").startsWith(folder) || linkOf(pid, "exe").startsWith(folder)
        ? [`${pid} ${words}`]
        : [];
    });

const wordsOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
};

/** Empty for one that has ended meanwhile. */
const linkOf = (pid: string, name: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return "";
  }
};
