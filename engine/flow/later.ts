import { LoopTimer } from "@bilbycast/engine/io";
import type { Microseconds } from "@bilbycast/foundation/time";

/** A timer that runs something once, so long from now. */
export const later = (wait: Microseconds, run: () => void): LoopTimer => {
  const timer = new LoopTimer(run);
  timer.in(wait);
  return timer;
};

/** Whether something has ended, well or not, within a span; it is not stopped when it has not. */
export const endsWithin = async (span: Microseconds, ending: Promise<unknown>): Promise<boolean> => {
  const over = Promise.withResolvers<boolean>();
  const timer = later(span, () => over.resolve(false));
  const ended = await Promise.race([Promise.allSettled([ending]).then(() => true), over.promise]);
  timer.close();
  return ended;
};
