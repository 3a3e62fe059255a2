import { instant } from "@bilbycast/foundation/time";
import type { EgressStage } from "@bilbycast/foundation/packets";
import { Arena } from "@bilbycast/engine/io";
import { ConstantRateStage, PACKET_SIZE, RemuxStage, UNIT_SIZE, type RemuxRules } from "@bilbycast/protocols/mpegts";
import { HeapRing } from "@bilbycast/testkit/ring";
import { Mux, threePrograms } from "@bilbycast/testkit/streams";
import { GaugeTally } from "@bilbycast/testkit/tally";
import type { BenchOptions } from "../main.ts";
import { median, type Report } from "../report.ts";

// npm run bench -- remux: what one core does of the work between a flow's bus and a socket, from memory to memory.

/** 2.7 MB: more than the caches of a core, as a bus is. */
const UNITS = 2_048;
const BURST = 48;
const PASSES = 400;

const NO_RULES: RemuxRules = { overrides: new Map(), pidMap: new Map(), dropsNulls: false };

const counts = {
  programAbsent: new GaugeTally(),
  packetsFilteredOut: new GaugeTally(),
  pidConflicts: new GaugeTally(),
  nullsInserted: new GaugeTally(),
  padOverrun: new GaugeTally(),
};

type Case = { name: string; key: string; open: (arena: Arena) => EgressStage };

const CASES: readonly Case[] = [
  { name: "one program of three", key: "filter", open: (arena) => new RemuxStage(arena, { ...NO_RULES, programNumber: 1 }, counts) },
  {
    name: "all programs, one PID of nine mapped",
    key: "map",
    open: (arena) => new RemuxStage(arena, { ...NO_RULES, pidMap: new Map([[0x101, 0x1101]]) }, counts),
  },
  {
    name: "one program, all its PIDs overridden",
    key: "overrides",
    open: (arena) => {
      const override = { pmtPid: 0x30, videoPid: 0x31, audioPids: [0x32, 0x33] };
      return new RemuxStage(arena, { ...NO_RULES, programNumber: 1, overrides: new Map([[1, override]]) }, counts);
    },
  },
  {
    name: "constant rate, nothing else",
    key: "constantRate",
    open: (arena) => new ConstantRateStage(arena, { ...NO_RULES, dropsNulls: true }, 1e9, 0, counts),
  },
];

type Measured = { gigabits: number; bytesPerPacket: number };

/** Measures each case alone, alternating. */
export const run = async (options: BenchOptions): Promise<Report> => {
  const rounds = options.quick ? 1 : (options.rounds ?? 5);
  const passes = options.quick ? 20 : PASSES;
  const found = new Map<string, Measured[]>(CASES.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round++) {
    for (const each of CASES) {
      found.get(each.key)?.push(measure(each, passes));
    }
  }
  const rows = CASES.map(({ name, key }) => {
    const all = found.get(key) ?? [];
    return {
      name,
      key,
      gigabits: median(all.map(({ gigabits }) => gigabits)),
      garbage: median(all.map(({ bytesPerPacket }) => bytesPerPacket)),
    };
  });
  return {
    tables: [
      {
        title: "TS packets of three programs through a stage, one core",
        head: ["what", "Gbit/s of input", "ns a packet", "heap bytes a packet"],
        rows: rows.map(({ name, gigabits, garbage }) => [
          name,
          gigabits.toFixed(1),
          ((PACKET_SIZE * 8) / gigabits).toFixed(0),
          garbage.toFixed(2),
        ]),
      },
    ],
    figures: Object.fromEntries(rows.map(({ key, gigabits }) => [`${key}Gbps`, Math.round(gigabits * 10) / 10])),
    notes: [`Medians of ${rounds} runs of ${passes} passes over ${UNITS} units of ${UNIT_SIZE} bytes, tables every 60 packets.`],
  };
};

const measure = ({ open }: Case, passes: number): Measured => {
  const arena = new Arena(16 * 2 ** 20);
  const ring = new HeapRing(arena, UNITS * UNIT_SIZE, 2 * UNITS);
  const mux = new Mux({ programs: threePrograms() }, 1);
  for (let i = 0; i < UNITS; i++) {
    ring.publish(mux.packets(7), instant(0));
  }
  const stage = open(arena);
  let now = 1_000_000;
  const pass = (): void => {
    for (let n = 0; n < UNITS; n += BURST) {
      // The grid of the constant rate: its units at a gigabit.
      now += (BURST * UNIT_SIZE * 8) / 1_000;
      const end = Math.min(n + BURST, UNITS);
      for (let at = n, before = -1; at < end && at !== before;) {
        before = at;
        at = stage.take(ring, at, end, stage.ring.head, instant(Math.floor(now)));
      }
    }
  };
  for (let i = 0; i < passes / 4; i++) {
    pass();
  }
  const heap = process.memoryUsage().heapUsed;
  const begun = performance.now();
  for (let i = 0; i < passes; i++) {
    pass();
  }
  const elapsed = performance.now() - begun;
  const grown = process.memoryUsage().heapUsed - heap;
  stage.close();
  const packets = passes * UNITS * 7;
  return { gigabits: (packets * PACKET_SIZE * 8) / (elapsed * 1e6), bytesPerPacket: grown / packets };
};
