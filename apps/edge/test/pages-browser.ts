import type { TestContext } from "node:test";
import { chromiumPath } from "@bilbycast/testkit/peers";
import { chromium, type Browser, type Page } from "playwright-core";

/** A page in the system's Chromium that notes everything it complains of: broken scripts, refused loads, dialogs. */
export type WatchedPage = { page: Page; complaints: string[] };

let browser: Promise<Browser> | undefined;

/** Opens an address; the page goes with the test, the browser with `closeBrowser`. `prepare` may listen in before anything is loaded. */
export const openPage = async (t: TestContext, url: string, prepare?: (page: Page) => Promise<void>): Promise<WatchedPage> => {
  browser ??= chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  const page = await (await browser).newPage({ viewport: { width: 1440, height: 900 } });
  t.after(() => page.close());
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") {
      complaints.push(message.text());
    }
  });
  page.on("dialog", (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await prepare?.(page);
  await page.goto(url);
  return { page, complaints };
};

export const closeBrowser = async (): Promise<void> => {
  const open = await browser?.catch(() => undefined);
  await open?.close();
};
