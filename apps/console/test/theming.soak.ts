import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { GROUP, me } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

// A group's logo and its one colour.

let manager: FakeManager;
withStandIn((started) => (manager = started));

const open = (t: TestContext, path = `/admin/groups?group=${GROUP}`): Promise<WatchedPage> => openPage(t, `${manager.url}${path}`);
/** One grey pixel. */
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==", "base64");

test("a PNG becomes the logo, and what is none is refused before it is sent", async (t) => {
  const { page, complaints } = await open(t);
  const choose = page.getByLabel("Choose a PNG");
  await choose.setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: Buffer.from("<svg onload='alert(1)'/>") });
  await page.getByText("This is no PNG.").waitFor();
  assert.deepEqual(await violationsOf(page), []);
  assert.equal(manager.acts.length, 0);

  await choose.setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: PNG });
  await page.getByText("Logo saved.").waitFor();
  assert.deepEqual(
    manager.acts.map(({ name, params, body }) => [name, params["group_id"], body]),
    [["setGroupLogo", GROUP, { png: PNG.toString("base64") }]],
  );
  assert.deepEqual(complaints, []);
});

test("the logo of the group that is looked at stands beside its name, and all groups have none", async (t) => {
  const mine = me();
  manager.answer("me", () => ({
    status: 200,
    value: { ...mine, groups: mine.groups.map((group) => ({ ...group, logo_version: group.id === GROUP ? 4 : null })) },
  }));
  const { page, complaints } = await open(t, "/dashboard");
  const tenant = page.getByRole("button", { name: "All groups, group" });
  await tenant.waitFor();
  assert.equal(await page.locator("img.logo").count(), 0);
  await tenant.click();
  await page.getByRole("menuitem", { name: "Meridian Sport" }).click();

  const logo = page.locator("header img.logo");
  await logo.waitFor();
  assert.match((await logo.getAttribute("src")) ?? "", /\/groups\/grp_meridian\/logo\?v=4$/);
  await page.waitForFunction('document.querySelector("header img.logo").naturalWidth > 0');
  assert.deepEqual(await violationsOf(page), []);
  assert.deepEqual(complaints, []);
});

test("a colour that cannot be seen is moved, and one that is near to the red of on air is not shown", async (t) => {
  const { page } = await open(t);
  const color = page.getByLabel("Colour", { exact: true });
  await color.fill("#0b2a6b");
  await page.getByText("Too faint on the panel of this theme").waitFor();
  await color.fill("#d8141f");
  await page.getByText("Too near to the red of what is on air").waitFor();
  assert.deepEqual(await violationsOf(page), []);
});

test("the stripe by the mark has the group's colour, and grey in place of a red", async (t) => {
  const mine = me();
  const only = (brand: string) => ({ status: 200, value: { ...mine, groups: [{ ...mine.groups[0], brand_color: brand }] } });
  const stripe = async (): Promise<string> => {
    const { page } = await open(t, "/account");
    await page.locator(".rail .mark").waitFor();
    return page.evaluate<string>('getComputedStyle(document.querySelector(".rail .mark")).borderLeftColor');
  };
  manager.answer("me", () => only("#4fd1c5"));
  assert.equal(await stripe(), "rgb(79, 209, 197)");
  manager.answer("me", () => only("#d8141f"));
  assert.equal(await stripe(), "rgb(111, 121, 132)");
});
