import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Found = { id: string; impact: string; nodes: { html: string; failureSummary: string }[] };

/** What axe-core finds against WCAG 2.2, levels A and AA, one line each. The page's own policy does not hold for what the driver runs. */
export const violationsOf = async (page: Page): Promise<string[]> => {
  if (await page.evaluate<boolean>("typeof axe === 'undefined'")) {
    await page.evaluate(AXE);
  }
  const found = await page.evaluate<Found[]>(
    'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] }).then(({ violations }) => violations)',
  );
  return found.flatMap(({ id, impact, nodes }) =>
    nodes.slice(0, 3).map((node) => `${impact} ${id}: ${node.html.slice(0, 200)} ${node.failureSummary.split("\n")[1] ?? ""}`),
  );
};
