import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { chromiumPath } from "@bilbycast/testkit/peers";
import { chromium, type Browser } from "playwright-core";
import type { Person } from "./people.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the console into a folder, as `npm run build` does into its own. */
export const buildConsole = (folder: string): void => {
  const how = ["run", "build", "--workspace", "@bilbycast/console", "--", "--logLevel", "error", "--emptyOutDir", "--outDir", folder];
  const { status, stderr } = spawnSync("npm", how, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`the console could not be built: ${stderr}`);
  }
};

export const VIEWS = ["table", "cards", "wall"] as const;

/** Milliseconds of a second in which the browser's main thread computes, all of it and by what; megabytes of its scripts. */
export type Busy = { all: number; script: number; style: number; layout: number; heapMegabytes: number; redraws: number };

/** The dashboard of somebody who looks at so many nodes, in each of its views. */
export const dashboardCost = async (person: Person, nodes: number, seconds: number): Promise<Record<(typeof VIEWS)[number], Busy>> => {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  try {
    return {
      table: await costOf(browser, person, "table", nodes, seconds),
      cards: await costOf(browser, person, "cards", nodes, seconds),
      wall: await costOf(browser, person, "wall", nodes, seconds),
    };
  } finally {
    await browser.close();
  }
};

/** Seconds for which a page that has just been opened is let alone: it fetches the lines of the last quarter of an hour. */
const SETTLE = 12;

const costOf = async (browser: Browser, { base, cookie }: Person, view: string, nodes: number, seconds: number): Promise<Busy> => {
  const context = await browser.newContext({ viewport: { width: 1_920, height: 1_080 } });
  await context.addCookies(
    cookie.split("; ").map((pair) => ({ name: pair.split("=")[0] ?? "", value: pair.slice(pair.indexOf("=") + 1), url: base })),
  );
  const page = await context.newPage();
  // Hundreds of nodes on a machine that is busy with them.
  page.setDefaultTimeout(180_000);
  await page.goto(`${base}/dashboard${view === "table" ? "" : `?view=${view}`}`);
  await page.getByText(`${nodes} of ${nodes} online`, { exact: false }).first().waitFor();
  await page.waitForTimeout(SETTLE * 1_000);
  const devtools = await context.newCDPSession(page);
  // Its own time on a processor: while others have it, the thread waits and is not busy.
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async (): Promise<Map<string, number>> => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  const from = performance.now();
  await page.waitForTimeout(seconds * 1_000);
  const after = await read();
  const took = (performance.now() - from) / 1_000;
  await context.close();
  const each = (name: string, scale = 1_000): number => (((after.get(name) ?? 0) - (before.get(name) ?? 0)) * scale) / took;
  return {
    all: each("TaskDuration"),
    script: each("ScriptDuration"),
    style: each("RecalcStyleDuration"),
    layout: each("LayoutDuration"),
    heapMegabytes: (after.get("JSHeapUsedSize") ?? 0) / 1_048_576,
    redraws: each("LayoutCount", 1),
  };
};
