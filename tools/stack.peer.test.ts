import assert from "node:assert/strict";
import { after, test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import type { Page } from "playwright-core";
import { openBrowser, openWindow, PATIENCE, signIn } from "./stack/browser.ts";
import { stackFolder, startStack } from "./stack/running-stack.ts";

// The whole of it as a person meets it: npm start, then the browser.

const folder = stackFolder();
after(() => folder.remove());

type Alarm = { error_code: string; input_id: string | null; acknowledged_at: string | null; acknowledged_by: string | null };

/** The picture of the first flow on the dashboard as the browser has it, by its address: that changes with each new one. */
const pictureOf = (page: Page): Promise<string> =>
  page
    .locator('img[src*="/thumbnail"]')
    .first()
    .evaluate((image: { complete: boolean; naturalWidth: number; src: string }) =>
      image.complete && image.naturalWidth > 0 ? image.src : "",
    );

const until = <T>(what: string, look: () => Promise<T | undefined>): Promise<T> =>
  waitFor<T | undefined>(what, () => look().catch(() => undefined), PATIENCE / 1_000);

test("npm start leads to a moving picture in the browser, a switch and an alarm that somebody knows of", async () => {
  const stack = await startStack(folder.path);
  const browser = await openBrowser();
  let complaints: string[] = [];
  try {
    const window = await openWindow(browser);
    const { page } = window;
    ({ complaints } = window);
    await signIn(page, stack.address, stack.username, stack.password);
    await page.getByText("Demonstration").first().waitFor({ timeout: PATIENCE });
    const first = await until("a picture", async () => (await pictureOf(page)) || undefined);
    const second = await until("the next picture", async () => {
      const shown = await pictureOf(page);
      return shown !== "" && shown !== first ? shown : undefined;
    });
    assert.notEqual(first, second);

    await page.getByText("Demonstration").first().click();
    await page.getByRole("main").getByRole("link", { name: /Flows/ }).first().click();
    await page.getByRole("button", { name: /Active input: Camera 1/ }).click({ timeout: PATIENCE });
    await page.getByRole("menuitem", { name: /Camera 2/ }).click();
    await page.getByRole("button", { name: /Active input: Camera 2/ }).waitFor({ timeout: PATIENCE });

    await page.goto(`${stack.address}/events`);
    const row = page.getByRole("row", { name: /Nothing comes in on the active input live-in/ });
    await row.waitFor({ timeout: PATIENCE });
    await row.getByRole("checkbox").click();
    await page
      .getByRole("button", { name: /^Acknowledge/ })
      .first()
      .click();
    const alarm = await until("the alarm to be acknowledged", async () => {
      const { alarms } = (await (await page.request.get(`${stack.address}/api/v1/alarms?state=all`)).json()) as { alarms: Alarm[] };
      return alarms.find(
        ({ acknowledged_at: at, error_code: code, input_id: input }) => at !== null && code === "input_lost" && input === "live-in",
      );
    });
    assert.equal(alarm.acknowledged_by, "admin");
  } finally {
    await browser.close();
    assert.equal(await stack.end(), 0);
  }
  assert.deepEqual(complaints, []);
});
