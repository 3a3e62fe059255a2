import type { TestContext } from "node:test";
import { chromiumPath, POLICY_WATCH } from "@bilbycast/testkit/peers";
import { chromium, type Browser, type Page } from "playwright-core";

/** A page in the system's Chromium that notes everything it complains of: broken scripts, refused loads, warnings. */
export type WatchedPage = { page: Page; complaints: string[] };

let browser: Promise<Browser> | undefined;

export type PageOptions = { width?: number; height?: number; theme?: string; who?: string };

/** Opens an address; the page goes with the test, the browser with `closeBrowser`. */
export const openPage = async (t: Pick<TestContext, "after">, url: string, options: PageOptions = {}): Promise<WatchedPage> => {
  const { width = 1_440, height = 900, theme, who } = options;
  browser ??= chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  const page = await (
    await browser
  ).newPage({ viewport: { width, height }, reducedMotion: "reduce", colorScheme: "dark", timezoneId: "Europe/London" });
  t.after(() => page.close());
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push(message.text());
    }
  });
  await page.addInitScript(POLICY_WATCH);
  if (theme !== undefined) {
    await page.addInitScript(`localStorage.setItem("bilbycast.console", ${JSON.stringify(JSON.stringify({ theme }))})`);
  }
  if (who !== undefined) {
    await page.context().addCookies([{ name: "who", value: who, url: new URL(url).origin }]);
  }
  await page.goto(url);
  return { page, complaints };
};

export const closeBrowser = async (): Promise<void> => {
  const open = await browser?.catch(() => undefined);
  await open?.close();
};
