import type { Browser, Locator, Page } from "playwright-core";
import { openWindow, signIn, type WatchedPage } from "../stack/browser.ts";

/** Keys of a page in the order of its presets: three rows of eight. */
const KEYS = "1 2 3 4 5 6 7 8"
  .split(" ")
  .map((key) => `Digit${key}`)
  .concat("Q W E R T Y U I A S D F G H J K".split(" ").map((key) => `Key${key}`));

/** Notes in the page when the key of Take came to the browser, and when the whole answer was there: nothing of who drives the browser is in it. */
const TAKE_TIMES = `
  window.takeTimes = {};
  window.addEventListener("keydown", (event) => { if (event.code === "Space") window.takeTimes.pressedAt = event.timeStamp; }, { capture: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name.endsWith("/switcher/take")) window.takeTimes.answeredAt = entry.responseEnd;
  }).observe({ type: "resource" });`;

/** A director at the desk of a group, in a browser, with both hands on the keyboard. */
export class Director {
  readonly page: Page;
  readonly complaints: readonly string[];

  private constructor({ complaints, page }: WatchedPage) {
    this.page = page;
    this.complaints = complaints;
  }

  /** Signs in, opens the desk and arms it. */
  static async sitDown(browser: Browser, address: string, who: { username: string; password: string }, groupId: string): Promise<Director> {
    const director = new Director(await openWindow(browser));
    const { page } = director;
    await page.addInitScript(TAKE_TIMES);
    await signIn(page, address, who.username, who.password);
    await page.waitForURL((url) => !url.pathname.startsWith("/login"));
    await page.goto(`${address}/switcher/${groupId}`);
    await page.locator(".key").first().waitFor();
    await page.keyboard.down("Space");
    await page.getByText("safe again in").waitFor();
    await page.keyboard.up("Space");
    return director;
  }

  get take(): Locator {
    return this.page.locator(".tk");
  }

  /**
   * Loads the preset at a place of the page and takes it, by two keys. Resolves when the desk says that it is on air, with the milliseconds
   * from the second key to the manager's answer.
   */
  async takes(place: number, label: string): Promise<number> {
    await this.page.keyboard.press(KEYS[place] ?? "");
    await this.take.getByText(label, { exact: true }).waitFor();
    await this.take.getByText("Space", { exact: true }).waitFor();
    const answered = this.page.waitForResponse((response) => response.url().endsWith("/switcher/take"));
    await this.page.keyboard.press("Space");
    await answered.catch(async (cause: unknown) => {
      throw new Error(`${label} was not taken; the button says: ${await this.take.innerText()}`, { cause });
    });
    await this.page.getByRole("region", { name: `PGM ${label}` }).waitFor();
    return this.page.evaluate<number>("window.takeTimes.answeredAt - window.takeTimes.pressedAt");
  }
}
