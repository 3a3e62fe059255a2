import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./accessibility.ts";
import { arm, hasTally, loadToTake, openDesk, takeButton } from "./desk-page.ts";
import type { FakeManager } from "./fake-manager.ts";
import { uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

const AMS = uuid(3);
let manager: FakeManager;
withStandIn((started) => (manager = started));

for (const theme of ["dark", "light", "contrast"]) {
  test(`the desk can be read and reached in the ${theme} theme: loaded, taking, partial`, async (t) => {
    manager.desk.failing.set(AMS, "node_timeout");
    manager.desk.warned.set(uuid(7), { code: "pes_splice_timeout", message: "May wait up to 2.0 s." });
    const obey = manager.desk.holdBack(AMS);
    const { page, complaints } = await openDesk(t, manager, { theme });
    await arm(page);
    await loadToTake(page, "2", "1 warning, hold");
    assert.deepEqual(await violationsOf(page), [], "loaded");
    // The audit took its time, and a check of before is too old to take by.
    await takeButton(page).getByText("1 warning, hold").waitFor();
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await takeButton(page).getByText("TAKING").waitFor();
    assert.deepEqual(await violationsOf(page), [], "taking");
    obey();
    await takeButton(page).getByText("PARTIAL").waitFor();
    assert.deepEqual(await violationsOf(page), [], "partial");
    assert.deepEqual(complaints, []);
  });
}

/** Elements that a director reads at two metres, and how high their letters stand. */
const SIZES = `[".monitor header > span", ".monitor header > b", ".monitor header > .m", ".tk .word", ".tk .to", ".key .lb"].map(
  (selector) => [selector, Number.parseFloat(getComputedStyle(document.querySelector(selector)).fontSize)])`;

test("what is read at two metres is 23 px high or more, and nothing is under 11 px", async (t) => {
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "3");
  for (const [selector, size] of await page.evaluate<[string, number][]>(SIZES)) {
    assert.ok(size >= 23, `${selector} is ${size} px`);
  }
  const small = await page.evaluate<string[]>(
    `[...document.querySelectorAll("main *")].filter((each) => each.childElementCount === 0 && each.textContent.trim() !== "" && Number.parseFloat(getComputedStyle(each).fontSize) < 11).map((each) => each.textContent)`,
  );
  assert.deepEqual(small, []);
});

const overflowing = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(
    `[document.documentElement, document.querySelector("main"), document.querySelector(".desk > .left")].filter((each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1).map((each) => each.className || each.tagName)`,
  );

for (const [width, height] of [
  [1_440, 900],
  [1_920, 1_080],
  [1_280, 800],
  [1_024, 768],
] as const) {
  test(`at ${width} x ${height} the whole desk is in sight and nothing is cut off`, async (t) => {
    const { page } = await openDesk(t, manager, { width, height });
    await page.keyboard.press("2");
    await hasTally(page, "REPLAY A", "pvw");
    assert.deepEqual(await overflowing(page), []);
    const keys = await page.evaluate<number>(
      `Math.min(...[...document.querySelectorAll(".key .lb")].map((each) => Math.min(window.innerHeight - each.getBoundingClientRect().bottom, each.getBoundingClientRect().height - 20)))`,
    );
    assert.ok(keys > 0, "a label is out of sight");
    const cut = `[...document.querySelectorAll(".key .lb")].filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)`;
    assert.deepEqual(await page.evaluate<string[]>(cut), []);
    assert.deepEqual(await violationsOf(page), []);
  });
}
