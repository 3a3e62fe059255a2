import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

// The view of who is on call, on a telephone.

let manager: FakeManager;
withStandIn((started) => (manager = started));

const open = (t: TestContext, path: string, theme?: string): Promise<WatchedPage> =>
  openPage(t, `${manager.url}${path}`, { width: 390, height: 844, ...(theme === undefined ? {} : { theme }) });

test("a telephone opens with what needs a person, the worst first and in full, and it is acknowledged there", async (t) => {
  const { page, complaints } = await open(t, "/");
  await page.getByRole("button", { name: /Loss above 1 % on path B/, expanded: true }).waitFor();
  assert.match(page.url(), /\/events/);
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
  await page.getByText("1 alarm acknowledged.").waitFor();

  assert.deepEqual(manager.acts[0]?.body, { ids: [uuid(100)], note: "" });
  assert.deepEqual(complaints, []);
});

test("a condition is opened from its notification, and no picture comes unless it is asked for", async (t) => {
  const { page } = await open(t, `/events?alarm=${uuid(104)}`);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.getByRole("button", { name: /Continuity errors/, expanded: true }).waitFor();
  await page.waitForTimeout(1_500);
  assert.deepEqual(
    asked.filter((url) => url.includes("/thumbnail")),
    [],
  );

  await page.getByRole("button", { name: "Show picture" }).click();
  await page.getByRole("button", { name: /newer picture/ }).waitFor();
  assert.equal(asked.filter((url) => url.includes("/thumbnail")).length, 1);
});

test("a node is found and its flow restarted by a hold", async (t) => {
  const { page } = await open(t, "/admin/nodes");
  await page.getByRole("link", { name: /MAN-REM1/ }).waitFor();
  await page.getByLabel("Filter: Node, flow or state").fill("nga-ob1");
  await page.getByRole("link", { name: /NGA-OB1/ }).click();
  await page.getByRole("heading", { name: "NGA-OB1", level: 1 }).waitFor();
  const restart = page.getByRole("button", { name: "Hold to restart" }).first();
  await restart.waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await restart.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Press again to confirm" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByText(/Camera 2 iso restarted/).waitFor();

  assert.deepEqual(manager.acts[0]?.body, { action: { type: "restart_flow", flow_id: "flow-4" } });
});

for (const [theme, ...paths] of [
  ["dark", "/events", "/admin/nodes", `/nodes/${uuid(5)}/overview`, "/account"],
  ["light", "/events", "/admin/nodes"],
  ["contrast", "/events"],
]) {
  test(`in ${theme} it can be used by everybody, by thumbs of 44 pixels, without scrolling sideways`, async (t) => {
    for (const path of paths) {
      const { page } = await open(t, path, theme);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(".oc-row, .panel").first().waitFor();

      assert.ok(await page.evaluate<boolean>("document.documentElement.scrollWidth <= window.innerWidth"), path);
      assert.deepEqual(await violationsOf(page), [], path);
      const small = await page.evaluate<string[]>(
        `[...document.querySelectorAll(".oc-tabs a, .oc-row, .oc-acts .btn, .oc-body .btn")].filter((each) => each.getBoundingClientRect().height < 44).map((each) => each.textContent)`,
      );
      assert.deepEqual(small, [], path);
    }
  });
}

test("without a network the last state stays, with its age across the top", async (t) => {
  const { page } = await open(t, "/events");
  await page.getByRole("button", { name: /Loss above 1 % on path B/ }).waitFor();
  manager.cut(true);
  await page.getByText(/Connection lost \d+ s ago/).waitFor();

  assert.ok(await page.getByRole("button", { name: "Acknowledge", exact: true }).isDisabled());
  await page.getByRole("button", { name: /Loss above 1 % on path B/ }).waitFor();
});
