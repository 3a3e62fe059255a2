import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { performance } from "node:perf_hooks";

/** Milliseconds between two looks at the clock. */
const PERIOD = 50;

/** Running totals of the machine; the network's are those of this namespace. */
type Totals = { stolen: number; all: number; fullSockets: number };

/**
 * What the machine did to the tests beside their own faults: a failure is read differently when the machine stood still, or when sockets were
 * full. It costs nothing that a test would feel.
 */
export class MachineWatch {
  readonly #timer: NodeJS.Timeout;
  /** When the timer fired late, and by how many milliseconds. */
  readonly #stalls: { at: number; late: number }[] = [];
  #due = performance.now() + PERIOD;

  constructor() {
    this.#timer = setInterval(() => this.#look(), PERIOD);
    this.#timer.unref();
  }

  /** From now on until the answer is called: one line about the machine. */
  begin(): () => string {
    const from = performance.now();
    const before = totals();
    return () => {
      const now = totals();
      const stalls = this.#stalls.filter(({ at }) => at >= from).map(({ late }) => late);
      const stolen = (100 * (now.stolen - before.stolen)) / Math.max(1, now.all - before.all);
      return [
        `The machine meanwhile: a timer was late by ${Math.round(Math.max(0, ...stalls))} ms at worst`,
        `${stolen.toFixed(0)} % of the processors' time went to other machines`,
        `${now.fullSockets - before.fullSockets} datagrams found their socket full`,
        `load ${(loadavg()[0] ?? 0).toFixed(1)}.`,
      ].join(", ");
    };
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#due > PERIOD) {
      this.#stalls.push({ at: now, late: now - this.#due });
    }
    this.#due = now + PERIOD;
  }
}

/** proc_stat(5) and /proc/net/snmp (RFC 4113: udpInErrors, here by its cause). Zeros where the system has no such files. */
const totals = (): Totals => {
  const times = lineOf("/proc/stat", "cpu ").split(/\s+/).slice(1).map(Number);
  const [names, values] = linesOf("/proc/net/snmp", "Udp: ").map((line) => line.split(" "));
  return {
    stolen: times[7] ?? 0,
    // Guests' time is in the users' already.
    all: times.slice(0, 8).reduce((sum, time) => sum + time, 0),
    fullSockets: Number(values?.[names?.indexOf("RcvbufErrors") ?? -1] ?? 0),
  };
};

const linesOf = (file: string, start: string): string[] => {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.startsWith(start));
  } catch {
    return [];
  }
};

const lineOf = (file: string, start: string): string => linesOf(file, start)[0] ?? "";
