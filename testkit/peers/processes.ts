import { readdirSync, readFileSync } from "node:fs";

/** A process as Linux tells of it. */
type ProcessLine = { pid: number; parent: number; state: string };

/** The processes that a process started, and those that these started, as far as they still live. Linux only. */
export const descendantsOf = (pid: number): number[] => {
  const lines = processes().filter(({ state }) => state !== "Z");
  const found: number[] = [];
  for (let parents = [pid]; parents.length > 0;) {
    const last = new Set(parents);
    parents = lines.filter(({ parent }) => last.has(parent)).map((line) => line.pid);
    found.push(...parents);
  }
  return found;
};

/** Whether a process runs; one that has ended and waits for its parent does not. */
export const isAlive = (pid: number): boolean => {
  const line = readProcess(String(pid));
  return line !== undefined && line.state !== "Z";
};

/** The process below another whose command line holds `word`, the topmost; `undefined`: there is none. */
export const programBelow = (pid: number, word: string): number | undefined =>
  descendantsOf(pid).find((each) => commandOf(each).includes(word));

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
};

/** Those of the UDP ports that some socket of this machine is bound to. */
export const boundUdpPorts = (ports: readonly number[]): number[] => {
  const table = ["/proc/net/udp", "/proc/net/udp6"].map((file) => readFileSync(file, "utf8")).join("\n");
  const bound = new Set([...table.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)].map(([, port]) => Number.parseInt(port ?? "", 16)));
  return ports.filter((port) => bound.has(port));
};

const processes = (): ProcessLine[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(readProcess)
    .filter((line) => line !== undefined);

/** `undefined` when it is gone. The name in brackets may hold anything, so what follows it is counted from its end. */
const readProcess = (name: string): ProcessLine | undefined => {
  try {
    const text = readFileSync(`/proc/${name}/stat`, "utf8");
    const [state = "", parent = ""] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { pid: Number(name), parent: Number(parent), state };
  } catch {
    return undefined;
  }
};
