import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { openPage } from "./browser.ts";
import { hasTally, openDesk } from "./desk-page.ts";
import type { FakeManager } from "./fake-manager.ts";
import { GROUP } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

let manager: FakeManager;
let folder: string;
withStandIn((started, build) => {
  manager = started;
  folder = build;
});

/** Counts, while time goes by, what is drawn anew in the keys, but for their stills. */
const COUNT = `new Promise((resolve) => {
  let drawn = 0;
  const keys = document.querySelector(".keys");
  const watch = new MutationObserver((changes) => { drawn += changes.filter(({ target }) => target.closest?.(".still") == null).length; });
  watch.observe(keys, { subtree: true, childList: true, attributes: true, characterData: true });
  setTimeout(() => { watch.disconnect(); resolve(drawn); }, 3500);
})`;

test("time that goes by draws no key anew: clocks, ages and pictures draw themselves", async (t) => {
  const { page } = await openDesk(t, manager);
  await page.keyboard.press("2");
  await hasTally(page, "REPLAY A", "pvw");
  await page.waitForTimeout(500);

  assert.equal(await page.evaluate<number>(COUNT), 0);
});

test("a picture says its true age, five times a second, and over five seconds it is hatched", async (t) => {
  const { page } = await openDesk(t, manager);
  const screen = page.locator(".monitor.pgm .monitor-picture");
  await screen.getByText(/^0\.\d s$/).waitFor();
  manager.answer("flowPicture", () => ({ status: 404, value: { error: "There is no picture of it.", error_code: "picture_absent" } }));
  await page.locator(".monitor.pgm .monitor-picture.stale").waitFor();
  await screen.getByText(/^[5-9]\.\d s$/).waitFor();
});

test("the desk loads under 250 kB, and no other page loads it", async (t) => {
  const loaded = async (path: string, word: string): Promise<string[]> => {
    const { page } = await openPage(t, `${manager.url}${path}`);
    await page.getByText(word).first().waitFor();
    const names = await page.evaluate<string[]>('performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname)');
    return names.filter((name) => /\.(js|css)$/.test(name));
  };
  const desk = await loaded(`/switcher/${GROUP}`, "REPLAY A");
  const size = desk.reduce((sum, name) => sum + gzipSync(readFileSync(`${folder}${name}`)).length, 0);
  t.diagnostic(`${(size / 1_000).toFixed(0)} kB in ${desk.length} files`);
  assert.ok(size < 250_000, `${size} bytes`);
  const others = await loaded("/dashboard", "HBR-OB1");
  assert.ok(!others.some((name) => name.includes("switcher")), others.join(" "));
});
