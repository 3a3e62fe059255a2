import type { CDPSession, Page } from "playwright-core";

/** Main-thread time of one frame that was drawn: its share of the processor, in milliseconds. */
export type Frames = readonly number[];

type TraceEvent = { name: string; ph: string; pid: number; tid: number; ts: number; tdur?: number; args?: { name?: string } };

/**
 * Traces a page for so many seconds. Of each frame that was drawn, all that the main thread computed since the one before: tasks of scripts,
 * messages, style, layout and paint alike, also those between frames; waiting for a processor that others have is not counted.
 */
export const traceFrames = async (page: Page, seconds: number): Promise<Frames> => {
  const devtools = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  devtools.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown[] as TraceEvent[])));
  const categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"].join(",");
  await devtools.send("Tracing.start", { categories, transferMode: "ReportEvents" });
  await page.waitForTimeout(seconds * 1_000);
  await ended(devtools);
  await devtools.detach();
  return framesOf(events);
};

const ended = async (devtools: CDPSession): Promise<void> => {
  const complete = new Promise<void>((resolve) => devtools.once("Tracing.tracingComplete", () => resolve()));
  await devtools.send("Tracing.end");
  await complete;
};

/** Of the process whose main thread did most: the page. Others are the browser's own. */
export const framesOf = (events: readonly TraceEvent[]): Frames => {
  const mains = new Set(
    events.filter(({ args, name }) => name === "thread_name" && args?.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const byThread = Map.groupBy(
    events.filter(({ pid, tid }) => mains.has(`${pid} ${tid}`)),
    ({ pid, tid }) => `${pid} ${tid}`,
  );
  const [own = []] = [...byThread.values()].toSorted((a, b) => busyOf(b) - busyOf(a));
  const tasks = own.filter((event) => isTask(event));
  // The compositor gets the frame in the task that ends it.
  const commits = own
    .filter(({ name }) => name === "Commit")
    .map(({ ts }) => ts)
    .toSorted((a, b) => a - b);
  const frames = commits.map(() => 0);
  for (const { ts, tdur = 0 } of tasks) {
    const place = commits.findIndex((commit) => ts <= commit);
    if (place >= 0) {
      frames[place] = (frames[place] ?? 0) + tdur / 1_000;
    }
  }
  // What came before the trace is not in the first one.
  return frames.slice(1);
};

const isTask = ({ name, ph }: TraceEvent): boolean => name === "RunTask" && ph === "X";

const busyOf = (events: readonly TraceEvent[]): number =>
  events.filter((event) => isTask(event)).reduce((sum, { tdur = 0 }) => sum + tdur, 0);
