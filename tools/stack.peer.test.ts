import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { chromiumPath } from "@bilbycast/testkit/peers";
import { chromium, type Page } from "playwright-core";

// The whole of it as a person meets it: npm start, then the browser.

const ROOT = new URL("..", import.meta.url).pathname;
/** Milliseconds; a machine under load takes its time. */
const PATIENCE = 40_000;

const folder = mkdtempSync(join(tmpdir(), "bilbycast-stack-"));
chmodSync(folder, 0o711);
after(() => rmSync(folder, { recursive: true, force: true }));

type Alarm = { error_code: string; input_id: string | null; acknowledged_at: string | null; acknowledged_by: string | null };
type Stack = { address: string; password: string; end: () => Promise<number | null> };

const start = async (): Promise<Stack> => {
  const { NODE_TEST_CONTEXT: _context, ...environment } = process.env;
  const child = spawn(process.execPath, [join(ROOT, "tools", "start.cjs"), "--port", "0", "--data-dir", join(folder, "data")], {
    env: { ...environment, BILBYCAST_LANES: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const found = await new Promise<RegExpExecArray>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const match = /open\s+(\S+)\n\s+log in\s+admin\s+(\S+)/.exec(said);
      if (match !== null) {
        resolve(match);
      }
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}:\n${said}`)));
  });
  const [, address = "", password = ""] = found;
  return {
    address,
    password,
    end: () =>
      new Promise((resolve) => {
        child.once("exit", (code) => resolve(code));
        child.kill("SIGINT");
      }),
  };
};

/** The picture of the first flow on the dashboard as the browser has it, by its address: that changes with each new one. */
const pictureOf = (page: Page): Promise<string> =>
  page
    .locator('img[src*="/thumbnail"]')
    .first()
    .evaluate((image: { complete: boolean; naturalWidth: number; src: string }) =>
      image.complete && image.naturalWidth > 0 ? image.src : "",
    );

const until = async <T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> => {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`waited ${PATIENCE / 1_000} s in vain for ${what}`);
};

test("npm start leads to a moving picture in the browser, a switch and an alarm that somebody knows of", async () => {
  const stack = await start();
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  const troubles: string[] = [];
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (message) => message.text().includes("Content Security Policy") && troubles.push(message.text()));
    await page.goto(stack.address);
    await page.getByLabel("User name").fill("admin");
    await page.getByLabel("Password", { exact: true }).fill(stack.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Demonstration").first().waitFor({ timeout: PATIENCE });
    const first = await until("a picture", async () => (await pictureOf(page)) || undefined);
    const second = await until("the next picture", async () => {
      const shown = await pictureOf(page);
      return shown !== "" && shown !== first ? shown : undefined;
    });
    assert.notEqual(first, second);

    await page.getByText("Demonstration").first().click();
    await page.getByRole("link", { name: /Flows/ }).first().click();
    await page.getByRole("button", { name: /Active input: camera-1/ }).click({ timeout: PATIENCE });
    await page
      .getByRole("menuitem", { name: /camera-2|Camera 2/ })
      .or(page.getByRole("option", { name: /camera-2|Camera 2/ }))
      .first()
      .click();
    await page.getByRole("button", { name: /Active input: camera-2/ }).waitFor({ timeout: PATIENCE });

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
    await context.close();
  } finally {
    await browser.close();
    assert.equal(await stack.end(), 0);
  }
  assert.deepEqual(troubles, []);
});
