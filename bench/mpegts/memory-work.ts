import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { InputAnalysis } from "@bilbycast/engine/analysis";
import { instant } from "@bilbycast/foundation/time";
import { PsiCache, ContinuityFixer, UNIT_SIZE } from "@bilbycast/protocols/mpegts";
import { Multiplex } from "@bilbycast/testkit/streams";

const INSTANCES = 100;
const RATE = 20_000_000;
/** Five scrambled programs with service information: some thirty PIDs. */
const PROGRAMS = 5;
/** Microseconds of the stream that each of them hears. */
const HEARD = 2_000_000;

/** Kilobytes of one instance, on the heap and beside it. */
export type MemoryUse = { idle: number; used: number; cache: number; fixer: number };

const analyses = (): InputAnalysis[] =>
  Array.from(
    { length: INSTANCES },
    () =>
      new InputAnalysis(
        { tr101290: true, media: true },
        () => 0,
        () => {},
      ),
  );

/** What an input's analysis holds before its first packet, and when it has heard a multiplex; and the parts that a lane keeps. */
export const memoryOf = (): MemoryUse => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = (): number => {
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 1_024;
  };
  const each = (make: () => unknown[]): number => {
    make();
    const before = held();
    const made = make();
    const after = held();
    return (after - before) / made.length;
  };
  const unit = stream();
  return {
    idle: each(analyses),
    used: each(() => analyses().map((analysis) => heard(analysis, unit))),
    cache: each(() => Array.from({ length: INSTANCES }, () => new PsiCache())),
    fixer: each(() => Array.from({ length: INSTANCES }, () => new ContinuityFixer())),
  };
};

const stream = (): Uint8Array => {
  const multiplex = new Multiplex({ rate: RATE, programs: PROGRAMS, isScrambled: true });
  const parts: Uint8Array[] = [];
  while (multiplex.at < HEARD) {
    parts.push(...multiplex.next());
  }
  const bytes = new Uint8Array(Math.floor(parts.length / 7) * UNIT_SIZE);
  parts.slice(0, Math.floor(parts.length / 7) * 7).forEach((part, i) => bytes.set(part, i * part.length));
  return bytes;
};

const heard = (analysis: InputAnalysis, bytes: Uint8Array): InputAnalysis => {
  const interval = (UNIT_SIZE * 8 * 1e6) / RATE;
  let now = 1e11;
  let expireAt = now;
  for (let at = 0; at < bytes.length; at += UNIT_SIZE) {
    now += interval;
    analysis.take(bytes, at, UNIT_SIZE, instant(Math.floor(now)));
    if (now > expireAt) {
      expireAt += 100_000;
      analysis.expire(instant(Math.floor(now)));
    }
  }
  analysis.report(instant(Math.floor(now)));
  return analysis;
};
