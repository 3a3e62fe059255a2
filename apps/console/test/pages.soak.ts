import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

let manager: FakeManager;
withStandIn((started) => (manager = started));

const open = (t: TestContext, path: string): Promise<WatchedPage> => openPage(t, `${manager.url}${path}`);
const NODE = uuid(5);

/** Pages and a word that stands on each when it is whole. */
const PAGES: [path: string, word: string][] = [
  ["/dashboard", "HBR-OB1"],
  ["/dashboard?view=cards", "HBR-OB1"],
  ["/dashboard?view=wall", "Clean feed"],
  ["/flows", "Clean feed"],
  ["/flows?state=critical", "HBR-OB1"],
  ["/events", "Loss above 1 % on path B"],
  [`/events?alarm=${uuid(100)}`, "bond_path_loss_high"],
  ["/events?view=events", "Loss began on path B"],
  ["/admin/nodes", "Harbour Park, truck B"],
  [`/nodes/${NODE}/overview`, "Camera 2 iso"],
  [`/nodes/${NODE}/flows?flow=flow-1`, "MCR backup"],
  [`/nodes/${NODE}/inputs`, "cam-match"],
  [`/nodes/${NODE}/resources`, "AMD EPYC"],
  [`/nodes/${NODE}/history`, "Before the match"],
  ["/admin/users", "Tunde Okafor"],
  ["/admin/groups", "Quotas"],
  ["/admin/audit-log", "node.config.update"],
  ["/admin/settings", "ldn-b"],
  ["/account", "Firefox 152"],
];

for (const [path, word] of PAGES) {
  test(`${path.replace(/0000.*\d{4}/, "…")} is whole under a strict policy and can be used by everybody`, async (t) => {
    const { page, complaints } = await open(t, path);
    await page.getByText(word).first().waitFor();

    assert.deepEqual(await violationsOf(page), []);
    assert.deepEqual(complaints, []);
  });
}
