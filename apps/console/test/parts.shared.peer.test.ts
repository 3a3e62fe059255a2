import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { closeBrowser, openPage } from "./browser.ts";
import { builtPages } from "./built.ts";
import { violationsOf } from "./accessibility.ts";
import { FakeManager } from "./fake-manager.ts";

let folder = "";
let server: FakeManager;

before(async () => {
  folder = await builtPages("gallery");
  server = await FakeManager.start(folder);
});
after(async () => {
  await closeBrowser();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const said = (page: Page, name: string): Promise<string> => page.getByLabel(name, { exact: true }).innerText();

for (const theme of ["dark", "light", "contrast"]) {
  test(`every part in every state can be read and reached in the ${theme} theme`, async (t) => {
    const { page } = await openPage(t, server.url, { theme });
    await page.getByRole("heading", { name: "Parts" }).waitFor();

    assert.deepEqual(await violationsOf(page), []);
  });
}

test("a dangerous press is held, and let go it does nothing", async (t) => {
  const { page } = await openPage(t, server.url);
  const button = page.getByRole("button", { name: "Hold to stop", exact: true });
  await button.scrollIntoViewIfNeeded();
  const { x, y } = (await button.boundingBox()) ?? { x: 0, y: 0 };
  await page.mouse.move(x + 20, y + 10);

  await page.mouse.down();
  await page.waitForTimeout(150);
  await page.mouse.up();
  assert.equal(await said(page, "Held"), "0");

  await page.mouse.down();
  await page.waitForTimeout(900);
  await page.mouse.up();
  assert.equal(await said(page, "Held"), "1");
});

test("whoever cannot hold presses twice", async (t) => {
  const { page } = await openPage(t, server.url);
  await page.getByRole("button", { name: "Hold to stop", exact: true }).focus();
  await page.keyboard.press("Enter");
  assert.equal(await said(page, "Held"), "0");

  await page.getByRole("button", { name: "Press again to confirm" }).waitFor();
  await page.keyboard.press("Enter");
  assert.equal(await said(page, "Held"), "1");
});

test("a confirm lists what is on air first, and Escape keeps everything", async (t) => {
  const { page } = await openPage(t, server.url);
  await page.getByRole("button", { name: "Stop World feed dirty" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Stop World feed dirty" });
  await dialog.waitFor();

  assert.match((await dialog.getByRole("listitem").allInnerTexts())[0] ?? "", /Programme UK/);
  assert.deepEqual(await violationsOf(page), []);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await said(page, "Held"), "0");
});

test("five thousand rows are walked, ticked and opened by keys, and a few dozen are drawn", async (t) => {
  const { page } = await openPage(t, server.url);
  const rows = page.locator("tr[data-id]");
  assert.ok((await rows.count()) < 80);

  await rows.first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("x");
  await page.keyboard.press("Enter");
  assert.deepEqual([await said(page, "Opened"), await said(page, "Selected")], ["node-2", "1"]);

  await page.keyboard.press("End");
  await page.locator('tr[data-id="node-5000"]').waitFor();
  await page.getByRole("button", { name: "Loss" }).click();
  assert.equal(await page.getByRole("columnheader", { name: "Loss" }).getAttribute("aria-sort"), "descending");
});

test("a result is told with what can still be done about it", async (t) => {
  const { page } = await openPage(t, server.url);
  await page.getByRole("button", { name: "Tell" }).click();
  await page.getByRole("button", { name: /Retry 1/ }).click();

  assert.equal(await said(page, "Held"), "100");
});

test("a choice of a few is walked by arrows", async (t) => {
  const { page } = await openPage(t, server.url);
  await page.getByRole("radio", { name: "Caller" }).focus();
  await page.keyboard.press("ArrowRight");

  assert.equal(await page.getByRole("radio", { name: "Listener" }).getAttribute("aria-checked"), "true");
});

test("colours of the system take the place of ours without losing a state", async (t) => {
  const { page } = await openPage(t, server.url);
  await page.emulateMedia({ forcedColors: "active" });

  assert.ok((await page.getByRole("img", { name: "Critical" }).count()) > 0);
  assert.match(readFileSync(new URL("../src/style/tokens.css", import.meta.url), "utf8"), /forced-colors: active/);
});
