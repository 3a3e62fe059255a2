import { parseArgs } from "node:util";
import { getHeapStatistics } from "node:v8";
import { median } from "../report.ts";
import { ANALYSES } from "./analysis-work.ts";
import { FILTERS } from "./filter-work.ts";
import { memoryOf } from "./memory-work.ts";
import { SCANS } from "./scan-work.ts";

// work.ts NAME FILE --rate BITS_PER_SECOND --seconds S: does one kind of work again and again, and nothing else, as a thread of the edge does.

/** One round over everything; returns how many packets that were. */
export type Round = () => number;

/** What is measured. `rate`: bits per second of the file. */
export type Work = (file: string, rate: number) => Round;

/** CPU and garbage of a packet. */
export type Cost = { ns: number; heapBytes: number };

const SLICES = 20;

const WORKS: Readonly<Record<string, Work>> = { ...SCANS, ...FILTERS, ...ANALYSES };

/** CPU seconds of this process, with the threads that compile and collect. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Warm, then the median of some twenty slices: what others do on the machine hits some of them. */
const measure = (round: Round, seconds: number): Cost => {
  for (const begun = cpu(); cpu() - begun < seconds;) {
    round();
  }
  const slices: number[] = [];
  let packets = 0;
  const allocated = allocatedBytes();
  const begun = cpu();
  for (let before = begun; before - begun < seconds;) {
    let slice = 0;
    while (cpu() - before < seconds / SLICES) {
      slice += round();
    }
    const now = cpu();
    slices.push(((now - before) * 1e9) / slice);
    packets += slice;
    before = now;
  }
  return { ns: median(slices), heapBytes: (allocatedBytes() - allocated) / packets };
};

const allocatedBytes = (): number => (getHeapStatistics() as unknown as { total_allocated_bytes: number }).total_allocated_bytes;

const main = (): void => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { rate: { type: "string" }, seconds: { type: "string" } } });
  const [name = "", file = ""] = positionals;
  const work = WORKS[name];
  if (name === "memory") {
    console.log(JSON.stringify(memoryOf()));
  } else if (work === undefined) {
    console.error(`no such work: ${name}`);
    process.exitCode = 2;
  } else {
    console.log(JSON.stringify(measure(work(file, Number(values.rate)), Number(values.seconds ?? 1))));
  }
};

main();
