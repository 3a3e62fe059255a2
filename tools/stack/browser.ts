import { chromiumPath, POLICY_WATCH } from "@bilbycast/testkit/peers";
import { chromium, type Browser, type Page } from "playwright-core";

/** Milliseconds that a page may take on a machine that has much else to do: a bound against hanging. */
export const PATIENCE = 40_000;

/** A page that notes all that the browser complains of: broken scripts, what the policy refused, what did not load, warnings. */
export type WatchedPage = { page: Page; complaints: string[] };

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });

/** A window of its own: another person's cookies are not in it. */
export const openWindow = async (browser: Browser): Promise<WatchedPage> => {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1_440, height: 900 },
    reducedMotion: "reduce",
    colorScheme: "dark",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.addInitScript(POLICY_WATCH);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const text = `${message.text()} ${message.location().url}`;
    if ((message.type() === "error" || message.type() === "warning") && !isAnswer(text)) {
      complaints.push(text);
    }
  });
  return { page, complaints };
};

/** Whom nobody knows yet is answered 401, a flow without a picture 404: answers of ours, that the browser writes down as errors. */
const isAnswer = (text: string): boolean =>
  /status of 401 .*\/api\/v1\/auth\/(me|login)$/.test(text) || /status of 404 .*\/thumbnail(\?|$)/.test(text);

export const signIn = async (page: Page, address: string, username: string, password: string): Promise<void> => {
  await page.goto(address);
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
};
