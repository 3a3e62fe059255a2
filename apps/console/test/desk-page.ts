import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Locator, Page } from "playwright-core";
import { openPage, type PageOptions, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { GROUP } from "./plant.ts";

/** A browser at the desk of the plant's group, when its keys are there. */
export const openDesk = async (
  t: TestContext,
  manager: FakeManager,
  options: PageOptions & { path?: string } = {},
): Promise<WatchedPage> => {
  const opened = await openPage(t, `${manager.url}${options.path ?? `/switcher/${GROUP}`}`, options);
  await key(opened.page, "MATCH").waitFor();
  return opened;
};

/** The card of a preset, by its label. */
export const key = (page: Page, label: string): Locator =>
  page.locator(".key", { has: page.locator(".lb", { hasText: new RegExp(`^${label}$`) }) });

export const takeButton = (page: Page): Locator => page.locator(".tk");

/** Holds a key of the keyboard down. */
export const holdKey = async (page: Page, name: string, ms = 900): Promise<void> => {
  await page.keyboard.down(name);
  await page.waitForTimeout(ms);
  await page.keyboard.up(name);
};

/** Arms the desk as a person does. */
export const arm = async (page: Page): Promise<void> => {
  await holdKey(page, "Space");
  await page.getByText("safe again in").waitFor();
};

/** Loads a preset by its key and waits until it may be taken by one press. */
export const loadToTake = async (page: Page, keyName: string, small = "Space"): Promise<void> => {
  await page.keyboard.press(keyName);
  await takeButton(page).getByText(small, { exact: true }).waitFor();
};

/** Takes what is in PVW by one press. On a machine that is busy a check may have grown too old for it: then it is pressed again. */
export const pressTake = async (page: Page, manager: FakeManager): Promise<void> => {
  const count = (): number => manager.acts.filter(({ name }) => name === "take").length;
  for (const before = count(); count() === before;) {
    await takeButton(page).getByText("Space", { exact: true }).waitFor();
    await page.keyboard.press("Space");
    await page.waitForTimeout(300);
  }
};

/** What was asked of the manager to be done on the desk, by name, without presence. */
export const pressed = (manager: FakeManager): string[] => manager.acts.map(({ name }) => name).filter((name) => name !== "sit");

/** Waits until a card has this tally. */
export const hasTally = async (page: Page, label: string, tally: string): Promise<void> => {
  await page.locator(`.key.${tally}`, { has: page.locator(".lb", { hasText: new RegExp(`^${label}$`) }) }).waitFor();
};

/** The body of the newest act of a name. */
export const bodyOf = (manager: FakeManager, name: string): Record<string, unknown> => {
  const found = manager.acts.findLast((act) => act.name === name);
  assert.ok(found !== undefined, `${name} was not asked`);
  return found.body as Record<string, unknown>;
};
