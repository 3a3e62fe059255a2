import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { socketFile } from "./layout.ts";

/** A server as its `postmaster.pid` tells of it. */
export type RunningServer = { pid: number; sockets: string };

type PidFile = RunningServer & { text: string };

const readPidFile = (data: string): PidFile | undefined => {
  try {
    const text = readFileSync(join(data, "postmaster.pid"), "utf8");
    const [pid = "", , , , sockets = ""] = text.split("\n");
    return /^\d+$/.test(pid) ? { text, pid: Number(pid), sockets } : undefined;
  } catch {
    return undefined;
  }
};

/**
 * The server that runs on the data folder, whoever started it. A file that a dead server left is moved out of the way
 * when its number belongs to another program by now, at which PostgreSQL would refuse to start; otherwise PostgreSQL
 * deals with it better than we could.
 */
export const findRunningServer = async (data: string): Promise<RunningServer | undefined> => {
  const file = readPidFile(data);
  if (file === undefined) {
    return undefined;
  }
  if (isServerOf(file.pid, data) || (await answers(file.sockets))) {
    return { pid: file.pid, sockets: file.sockets };
  }
  if (isAlive(file.pid) && !hasSurvivors(data)) {
    discard(data, file.text);
  }
  return undefined;
};

/** Whether the process is a PostgreSQL that was started on this data folder: process numbers are used again. */
export const isServerOf = (pid: number, data: string): boolean => {
  const words = commandLineOf(pid);
  return words.some((word) => word.endsWith("postgres")) && words.includes(data);
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

const commandLineOf = (pid: number): string[] => {
  try {
    return process.platform === "linux"
      ? readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")
      : execFileSync("ps", ["-ww", "-p", String(pid), "-o", "command="], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
          .trim()
          .split(" ");
  } catch {
    return [];
  }
};

/** Somebody listens: it may run in a container of its own, where process numbers mean something else. */
const answers = (sockets: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketFile(sockets));
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => end(true)).on("error", () => end(false));
  });

/** Whether a killed server's children still work in the folder; they end by themselves within a second or so. */
const hasSurvivors = (data: string): boolean => {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .some((pid) => workingFolderOf(pid) === data);
  } catch {
    return false;
  }
};

const workingFolderOf = (pid: string): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
};

const discard = (data: string, seen: string): void => {
  const [path, aside] = [join(data, "postmaster.pid"), join(data, `postmaster.pid.${process.pid}`)];
  renameSync(path, aside);
  if (readFileSync(aside, "utf8") === seen) {
    rmSync(aside);
  } else {
    // Another manager started a server in this very moment.
    renameSync(aside, path);
  }
};
