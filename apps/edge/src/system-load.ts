import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

/** How much of the machine is in use, by everybody. */
export type SystemLoad = { cpuPercent: number; ramPercent: number; ramUsedBytes: number; ramTotalBytes: number };

/** Time that the processors spent so far, in any unit. */
export type CpuTimes = { busy: number; total: number };

export type RamUse = { used: number; total: number };

/** Looks at the machine when it is asked to; the use of the processors is that since the last time. */
export class SystemLoadMeter {
  readonly #times: () => CpuTimes;
  readonly #ram: () => RamUse;
  #former: CpuTimes | undefined;

  constructor(sources: { times?: () => CpuTimes; ram?: () => RamUse } = {}) {
    this.#times = sources.times ?? cpuTimes;
    this.#ram = sources.ram ?? ramUse;
  }

  /** `undefined` the first time, when there is nothing to compare with. */
  take(): SystemLoad | undefined {
    const times = this.#times();
    const former = this.#former;
    this.#former = times;
    if (former === undefined) {
      return undefined;
    }
    const { used, total } = this.#ram();
    const span = times.total - former.total;
    return {
      cpuPercent: span > 0 ? percent(times.busy - former.busy, span) : 0,
      ramPercent: percent(used, total),
      ramUsedBytes: used,
      ramTotalBytes: total,
    };
  }
}

/** To a tenth, from 0 to 100. */
const percent = (part: number, whole: number): number => (whole > 0 ? Math.round(Math.min(1, Math.max(0, part / whole)) * 1_000) / 10 : 0);

/** The first line of /proc/stat sums all processors: user nice system idle iowait irq softirq steal. */
export const readProcStat = (text: string): CpuTimes | undefined => {
  const fields = /^cpu +([\d ]+)/.exec(text)?.[1]?.trim().split(/ +/).slice(0, 8).map(Number);
  if (fields === undefined || fields.length < 4) {
    return undefined;
  }
  const total = fields.reduce((sum, field) => sum + field, 0);
  return { busy: total - (fields[3] ?? 0) - (fields[4] ?? 0), total };
};

const cpuTimes = (): CpuTimes => (process.platform === "linux" ? linuxCpuTimes() : undefined) ?? portableCpuTimes();

/** One small file; the portable way reads several for each processor. */
const linuxCpuTimes = (): CpuTimes | undefined => {
  try {
    return readProcStat(readFileSync("/proc/stat", "latin1"));
  } catch {
    return undefined;
  }
};

const portableCpuTimes = (): CpuTimes =>
  cpus().reduce<CpuTimes>(
    (sum, { times }) => {
      const busy = times.user + times.nice + times.sys + times.irq;
      return { busy: sum.busy + busy, total: sum.total + busy + times.idle };
    },
    { busy: 0, total: 0 },
  );

/** In a control group with a limit, the group is the machine. Memory that the system would give up for us is not in use. */
const ramUse = (): RamUse => {
  const machine = totalmem();
  const confined = process.constrainedMemory();
  const total = confined > 0 && confined < machine ? confined : machine;
  return { used: Math.max(0, total - process.availableMemory()), total };
};
