import { LoopTimer, monotonicNow, wallClockMs } from "@bilbycast/engine/io";
import { milliseconds } from "@bilbycast/foundation/time";
import { AnalysisHost } from "./analysis-host.ts";
import type { AnalysisBirth, AnalysisMessage, AnalysisOrder } from "./orders.ts";

/** Between two looks at the lanes' mirrors: while something comes, and while nothing does. */
const BUSY_EVERY = milliseconds(10);
const IDLE_EVERY = milliseconds(50);

/** The body of the thread that analyses. It takes what the lanes copied, and no lane ever waits for it. */
export const runAnalysis = ({ port }: AnalysisBirth): void => {
  const epochMs = (): number => wallClockMs() - monotonicNow() / 1_000;
  const host = new AnalysisHost((message: AnalysisMessage) => port.postMessage(message), epochMs);
  const timer = new LoopTimer(() => {
    const units = host.turn(monotonicNow());
    timer.in(units > 0 ? BUSY_EVERY : IDLE_EVERY);
  });
  timer.in(IDLE_EVERY);
  port.on("message", (order: AnalysisOrder) => {
    if (order.do === "stop") {
      timer.close();
      host.close();
      port.close();
    } else {
      host.obey(order);
    }
  });
};
