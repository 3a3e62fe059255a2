import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 20;

/**
 * Resolves with the first value that is neither `undefined` nor `false`. Rejects, naming what was waited for, after
 * `seconds`: a bound against hanging, never part of what a test asserts.
 */
export const waitFor = async <T>(what: string, look: () => T | Promise<T>, seconds = 45): Promise<Exclude<T, undefined | false>> => {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found as Exclude<T, undefined | false>;
    }
    if (performance.now() > end) {
      throw new Error(`waited ${seconds} s in vain for ${what}`);
    }
    await sleep(STEP_MS);
  }
};
