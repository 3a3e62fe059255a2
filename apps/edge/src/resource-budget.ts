import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { HARDWARE_CODECS, type ResourceBudget } from "@bilbycast/contracts/edge-api";
import type { EngineSnapshot } from "@bilbycast/engine/flow";

/** Units of work that every machine has, that each core adds, and that an encoder of 720p30 takes. */
const BASE_UNITS = 1_000;
const CORE_UNITS = 200;
const STREAM_UNITS = 200;
/** A flow that only forwards. */
const FLOW_UNITS = 1;
/** Measured on one core at 48 kHz and 720p30: how many times the work of x264 x265 is, and how many encoders of stereo AAC it runs. */
const X265_COST = 2;
const AAC_PER_CORE = 50;

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

/** `undefined` where the engine has no codecs at all. */
export const resourceBudget = ({ media, flows, lanes }: EngineSnapshot): ResourceBudget | undefined => {
  if (media === undefined) {
    return undefined;
  }
  const x264 = Math.max(0, Math.floor((media.unitsTotal - BASE_UNITS) / STREAM_UNITS));
  const cpu = cpuFacts();
  return {
    hw_encoders: noHardware(),
    hw_decoders: noHardware(),
    hw_session_usage: { nvenc_in_use: 0, qsv_in_use: 0, videotoolbox_in_use: 0, amf_in_use: 0 },
    cpu,
    sw_capacity: {
      x264_720p30_streams: x264,
      x265_720p30_streams: Math.floor(x264 / X265_COST),
      aac_encode_streams: AAC_PER_CORE * cpu.physical_cores,
    },
    units_total: media.unitsTotal,
    units_used: media.unitsUsed + FLOW_UNITS * flows.length,
    live: null,
    threads: { codec_pool_count: media.hosts.reduce((sum, { jobs }) => sum + jobs.length, 0), lanes: lanes.length },
    media: {
      state: media.state,
      ...(media.backend === undefined ? {} : { backend: media.backend.name, version: media.backend.version }),
    },
    hosts: media.hosts.map(({ jobs, ...host }) => ({ ...host, jobs: [...jobs] })),
  };
};

/** All codecs are software here, whatever the machine has. */
const noHardware = (): ResourceBudget["hw_encoders"] =>
  Object.fromEntries(HARDWARE_CODECS.map((codec) => [codec, false])) as ResourceBudget["hw_encoders"];

const cpuInfo = (): string => {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
};
