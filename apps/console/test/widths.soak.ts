import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { openPage, type PageOptions, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { GROUP, uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

let manager: FakeManager;
withStandIn((started) => (manager = started));

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

test("the edge of an inspector is moved by a pointer and by keys, and this browser remembers where it was", async (t) => {
  const { page, complaints } = await open(t, `/nodes/${NODE}`);
  const side = page.getByRole("complementary", { name: "Alarms of this node" });
  const edge = page.getByRole("separator", { name: "Width of this pane" });
  const width = async (): Promise<number> => Math.round((await side.boundingBox())?.width ?? 0);
  await side.waitFor();
  assert.equal(await width(), 300);

  const box = (await edge.boundingBox()) ?? assert.fail();
  await page.mouse.move(box.x + box.width / 2, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 - 40, box.y + 200, { steps: 4 });
  await page.mouse.up();
  assert.equal(await width(), 340);
  await page.keyboard.press("Escape");
  await edge.focus();
  await page.keyboard.press("ArrowLeft");
  assert.equal(await width(), 356);
  await page.keyboard.press("Home");
  assert.equal(await width(), 376);

  await page.reload();
  await side.waitFor();
  assert.deepEqual([await width(), await edge.getAttribute("aria-valuenow")], [376, "376"]);
  assert.deepEqual(await violationsOf(page), []);
  await edge.dblclick();
  assert.equal(await width(), 300);
  assert.deepEqual(complaints, []);
});

test("where there is no room beside the desk, what a take changes is a sheet over all of it", async (t) => {
  const { page } = await open(t, `/switcher/${GROUP}`, { width: 1_100, height: 800 });
  await page.locator(".impact-line").click();
  const tops = await page.evaluate<number[]>(
    `[".imp.open", ".desk"].map((selector) => document.querySelector(selector).getBoundingClientRect().top)`,
  );
  assert.equal(tops[0], tops[1]);
});
