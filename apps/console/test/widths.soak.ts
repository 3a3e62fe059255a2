import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, afterEach, before, beforeEach, test, type TestContext } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { closeBrowser, openPage, type PageOptions, type WatchedPage } from "./browser.ts";
import { builtPages } from "./built.ts";
import { FakeManager } from "./fake-manager.ts";
import { uuid } from "./plant.ts";

let folder = "";
let manager: FakeManager;

before(async () => {
  folder = await builtPages("console");
});
after(async () => {
  await closeBrowser();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  manager = await FakeManager.start(folder);
});
afterEach(() => manager.close());

const open = (t: TestContext, path: string, options: PageOptions = {}): Promise<WatchedPage> =>
  openPage(t, `${manager.url}${path}`, options);
const NODE = uuid(5);

for (const [width, height] of [
  [1_100, 800],
  [800, 900],
  [390, 844],
] as const) {
  test(`at ${width} x ${height} nothing is cut off and the page does not scroll sideways`, async (t) => {
    for (const path of ["/dashboard", "/flows", "/events", `/nodes/${NODE}/flows`]) {
      const { page } = await open(t, path, { width, height });
      await page.getByRole("heading", { level: 1 }).waitFor();

      assert.ok(await page.evaluate<boolean>("document.documentElement.scrollWidth <= window.innerWidth"), path);
      assert.deepEqual(await violationsOf(page), [], path);
    }
  });
}
