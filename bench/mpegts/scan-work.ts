import { Arena } from "@bilbycast/engine/io";
import { ContinuityFixer, PsiCache, UNIT_SIZE } from "@bilbycast/protocols/mpegts";
import { Loop, type Place } from "./loop.ts";
import type { Round, Work } from "./work.ts";

/** 2.7 MB: more than the caches of a core, as a bus is. */
export const UNITS = 2_048;
/** Behind the first packets of the file, which are no stream yet. */
export const FROM = 128;
/** Units from one switch to the next. */
export const TURN = 256;
/** Units that a lane finds at once. */
const BURST = 16;
/** Room for the tables that are sent ahead. */
const AHEAD = 131_072;

export const ofALane = (size: number): Place => {
  const arena = new Arena(size * 4);
  return { bytes: arena.bytes, base: arena.reserve(size) };
};

/** What every packet of a flow pays: the tables of its input are kept, and its counters and clocks noted. */
const scan: Work = (file, rate) => {
  const loop = new Loop(file, rate, ofALane, UNITS, FROM);
  const cache = new PsiCache();
  const fixer = new ContinuityFixer();
  let number = 0;
  return () => {
    for (let unit = 0; unit < loop.units; unit += BURST) {
      number = passUnits(loop, cache, fixer, unit, unit + BURST, number);
    }
    loop.wind();
    return loop.packets;
  };
};

/** Two inputs, one in each half, that take turns: counters are shifted, versions carried on, clocks announced. */
const change: Work = (file, rate): Round => {
  const loop = new Loop(file, rate, ofALane, UNITS, FROM);
  const caches = [new PsiCache(), new PsiCache()] as const;
  const fixer = new ContinuityFixer();
  const ahead = new Uint8Array(AHEAD);
  const half = loop.units / 2;
  let number = 0;
  return () => {
    for (let begin = 0; begin < half; begin += TURN) {
      for (const [source, cache] of caches.entries()) {
        fixer.switch();
        fixer.announce(cache, ahead, 0, AHEAD);
        const from = source * half + begin;
        for (let unit = from; unit < from + TURN; unit += BURST) {
          number = passUnits(loop, cache, fixer, unit, unit + BURST, number);
        }
      }
    }
    loop.wind();
    return loop.packets;
  };
};

const passUnits = (loop: Loop, cache: PsiCache, fixer: ContinuityFixer, from: number, end: number, first: number): number => {
  const { bytes } = loop;
  for (let unit = from; unit < end; unit++) {
    const at = loop.at(unit);
    cache.scan(bytes, at, at + UNIT_SIZE);
  }
  let number = first;
  for (let unit = from; unit < end; unit++) {
    const at = loop.at(unit);
    fixer.rewrite(bytes, at, at + UNIT_SIZE, cache, number++, loop.tick());
  }
  return number;
};

export const SCANS: Readonly<Record<"scan" | "switch", Work>> = { scan, switch: change };
