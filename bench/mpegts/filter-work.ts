import { Arena } from "@bilbycast/engine/io";
import type { EgressStage, Memory } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { ConstantRateStage, RemuxStage, UNIT_SIZE, type RemuxRules } from "@bilbycast/protocols/mpegts";
import { HeapRing } from "@bilbycast/testkit/ring";
import { GaugeTally } from "@bilbycast/testkit/tally";
import { readFileSync } from "node:fs";
import { FROM, UNITS } from "./scan-work.ts";
import type { Work } from "./work.ts";

/** Units that an output finds at once. */
const BURST = 48;

const NO_RULES: RemuxRules = { overrides: new Map(), pidMap: new Map(), dropsNulls: false };

const counts = {
  programAbsent: new GaugeTally(),
  packetsFilteredOut: new GaugeTally(),
  pidConflicts: new GaugeTally(),
  nullsInserted: new GaugeTally(),
  padOverrun: new GaugeTally(),
};

type Open = (memory: Memory, rate: number) => EgressStage;

const remux =
  (rules: Partial<RemuxRules>): Open =>
  (memory) =>
    new RemuxStage(memory, { ...NO_RULES, ...rules }, counts);

/** PIDs as ffmpeg gives them: streams from 0x100 on, maps from 0x1000 on. */
const OVERRIDE = { pmtPid: 0x30, videoPid: 0x31, audioPids: [0x32] };

const throughStage =
  (open: Open): Work =>
  (file, rate) => {
    const arena = new Arena(2 ** 24);
    const ring = new HeapRing(arena, UNITS * UNIT_SIZE, 2 * UNITS);
    const stream = readFileSync(file);
    for (let unit = FROM; unit < FROM + UNITS; unit++) {
      ring.publish(stream.subarray(unit * UNIT_SIZE, (unit + 1) * UNIT_SIZE), instant(0));
    }
    const stage = open(arena, rate);
    const interval = (BURST * UNIT_SIZE * 8 * 1e6) / rate;
    let now = 1e11;
    return () => {
      for (let unit = 0; unit < UNITS; unit += BURST) {
        now += interval;
        const end = Math.min(unit + BURST, UNITS);
        for (let at = unit, before = -1; at < end && at !== before;) {
          before = at;
          at = stage.take(ring, at, end, stage.ring.head, instant(Math.floor(now)));
        }
      }
      return (UNITS * UNIT_SIZE) / 188;
    };
  };

export const FILTERS: Readonly<Record<"program" | "map" | "override" | "constantRate", Work>> = {
  program: throughStage(remux({ programNumber: 1 })),
  map: throughStage(remux({ pidMap: new Map([[0x100, 0x1101]]) })),
  override: throughStage(remux({ programNumber: 1, overrides: new Map([[1, OVERRIDE]]) })),
  constantRate: throughStage((memory, rate) => new ConstantRateStage(memory, { ...NO_RULES, dropsNulls: true }, rate, 0, counts)),
};
