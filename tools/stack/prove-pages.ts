import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violationsOf } from "./accessibility.ts";
import { openBrowser, openWindow, signIn } from "./browser.ts";
import { furnish, type Furnished } from "./furnish.ts";
import { ManagerApi } from "./manager-api.ts";
import { stackFolder, startStack, type RunningStack } from "./running-stack.ts";

/** A page by its name, its address, and words that stand there when it is whole. */
export type ProvenPage = readonly [name: string, path: (known: Furnished) => string, words: string | RegExp];

const PICTURES = process.env["BILBYCAST_SCREENSHOTS"];

/** As the system of whoever sits there asks for them: the console follows at once. */
const THEMES = [
  { name: "dark", media: { colorScheme: "dark", contrast: "no-preference" } },
  { name: "light", media: { colorScheme: "light", contrast: "no-preference" } },
  { name: "contrast", media: { colorScheme: "dark", contrast: "more" } },
] as const;

/**
 * Tests that the login and the pages are whole over a manager of their own, and can be used by everybody; each in one theme after the other.
 * With BILBYCAST_SCREENSHOTS, a folder, each is judged in every theme, and kept there as pictures: for whoever looks at them.
 */
export const provePages = (pages: readonly ProvenPage[]): void => {
  const folder = stackFolder();
  let stack: RunningStack;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let known: Furnished;
  let turn = 0;

  before(async () => {
    [stack, browser] = await Promise.all([startStack(folder.path), openBrowser()]);
    ({ page, complaints } = await openWindow(browser));
    const api = await ManagerApi.logIn(stack.address, stack.username, stack.password);
    known = await furnish(api);
    await api.close();
  });
  after(async () => {
    await browser.close();
    assert.equal(await stack.end(), 0);
    folder.remove();
  });

  const look = async (name: string): Promise<void> => {
    await judge(page, name, turn++);
    assert.deepEqual(complaints, []);
  };

  test("login: can be used by everybody", async () => {
    await page.goto(stack.address);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await look("login");

    await signIn(page, stack.address, stack.username, stack.password);
    await page.getByRole("row", { name: /Demonstration/ }).waitFor();
  });

  for (const [name, path, words] of pages) {
    test(`${name}: is whole, and can be used by everybody`, async () => {
      await page.goto(`${stack.address}${path(known)}`);
      await page.getByText(words).filter({ visible: true }).first().waitFor();
      await look(name);
    });
  }
};

const judge = async (page: Page, name: string, turn: number): Promise<void> => {
  const themes = PICTURES === undefined ? [THEMES[turn % THEMES.length] ?? THEMES[0]] : THEMES;
  for (const { media, name: theme } of themes) {
    await page.emulateMedia(media);
    await page.locator(`html[data-theme="${theme}"]`).waitFor();
    assert.deepEqual([theme, await violationsOf(page)], [theme, []]);
    if (PICTURES !== undefined) {
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: join(PICTURES, `${name}-${theme}.png`) });
    }
  }
};
