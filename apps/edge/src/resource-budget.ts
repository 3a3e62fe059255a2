import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import type { ResourceBudget } from "@bilbycast/contracts/edge-api";
import type { MediaSnapshot } from "@bilbycast/engine/flow";

/** Units of codec work that every machine has, that each core adds, and that an encoder of 720p30 takes. */
const BASE_UNITS = 1_000;
const CORE_UNITS = 200;
const STREAM_UNITS = 200;

export type CpuFacts = ResourceBudget["cpu"];

let known: CpuFacts | undefined;

/** The processor of this machine. */
export const cpuFacts = (): CpuFacts => (known ??= readCpu(cpuInfo(), availableParallelism(), cpus()[0]?.model ?? "unknown"));

/** Codec work that this machine does at most. */
export const unitsTotal = (): number => BASE_UNITS + CORE_UNITS * cpuFacts().physical_cores;

/** From the text of /proc/cpuinfo; what it does not tell is taken from the others. */
export const readCpu = (text: string, logical: number, brand: string): CpuFacts => {
  const cores = new Set(
    text.split("\n\n").flatMap((block) => {
      const core = /^core id\s*:\s*(\d+)$/m.exec(block)?.[1];
      return core === undefined ? [] : [`${/^physical id\s*:\s*(\d+)$/m.exec(block)?.[1] ?? "0"}/${core}`];
    }),
  );
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(text)?.[1]?.split(" "));
  const avx = flags.has("avx512f") ? "avx512" : flags.has("avx2") ? "avx2" : flags.has("avx") ? "avx" : "none";
  const physical = cores.size === 0 ? logical : Math.min(cores.size, logical);
  return { brand: brand.trim(), physical_cores: physical, logical_cores: logical, avx_class: avx };
};

export const resourceBudget = (media: MediaSnapshot): ResourceBudget => ({
  cpu: cpuFacts(),
  sw_capacity: { x264_720p30_streams: Math.max(0, Math.floor((media.unitsTotal - BASE_UNITS) / STREAM_UNITS)) },
  units_total: media.unitsTotal,
  units_used: media.unitsUsed,
  media: {
    state: media.state,
    ...(media.backend === undefined ? {} : { backend: media.backend.name, version: media.backend.version }),
  },
  hosts: media.hosts.map(({ jobs, ...host }) => ({ ...host, jobs: [...jobs] })),
});

const cpuInfo = (): string => {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
};
