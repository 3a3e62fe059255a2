import { instant } from "@bilbycast/foundation/time";
import { hasPcr, PACKET_SIZE, PCR_HZ, pid as pidOf, readPcr, Tr101290, type Check } from "../index.ts";
import { errorsOf } from "./fault-run.ts";

const EXPIRE_EVERY = 50_000;

/** Plays a file at the pace of its first PCR PID, each packet by its place between two PCRs, from the first PCR to the last. */
export const playFile = (file: Uint8Array): { errors: Partial<Record<Check, number>>; seconds: number; analyser: Tr101290 } => {
  const marks: { at: number; pcr: number }[] = [];
  let clockPid = -1;
  for (let at = 0; at + PACKET_SIZE <= file.length; at += PACKET_SIZE) {
    if (hasPcr(file, at) && (clockPid === -1 || clockPid === pidOf(file, at))) {
      clockPid = pidOf(file, at);
      marks.push({ at, pcr: readPcr(file, at) });
    }
  }
  const analyser = new Tr101290();
  const first = marks[0]?.pcr ?? 0;
  let now = 0;
  let ticked = 0;
  for (const [i, { at: begin, pcr }] of marks.entries()) {
    const next = marks[i + 1];
    for (let at = begin; next !== undefined && at < next.at; at += PACKET_SIZE) {
      const ticks = pcr - first + ((next.pcr - pcr) * (at - begin)) / (next.at - begin);
      now = Math.round((ticks * 1e6) / PCR_HZ);
      for (; ticked + EXPIRE_EVERY <= now;) {
        ticked += EXPIRE_EVERY;
        analyser.expire(instant(ticked));
      }
      analyser.push(file, at, instant(now));
    }
  }
  return { errors: errorsOf(analyser), seconds: now / 1e6, analyser };
};
