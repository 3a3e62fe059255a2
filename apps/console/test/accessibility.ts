import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Found = { id: string; nodes: { html: string; failureSummary: string }[] };

/** What axe-core finds against WCAG 2.2 AA, one line each. The page's own policy does not hold for what the driver runs. */
export const violationsOf = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE);
  const run =
    'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] }).then(({ violations }) => violations)';
  const found = await page.evaluate<Found[]>(run);
  return found.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary.split("\n")[1] ?? ""}`),
  );
};
