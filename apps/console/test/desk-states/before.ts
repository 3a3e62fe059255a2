import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { arm, key, loadToTake, takeButton } from "../desk-page.ts";
import { PEOPLE, uuid } from "../plant.ts";
import { never, stopClock, take, type DeskState, type Scene } from "./state.ts";

const AMS = uuid(3);
/** All that the Take button says while two more checks are asked for: each is asked a second after the last. */
const SAID = `new Promise((resolve) => {
  const button = document.querySelector(".tk > small");
  const said = new Set([button.textContent]);
  const watch = new MutationObserver(() => said.add(button.textContent));
  watch.observe(button, { childList: true, characterData: true, subtree: true });
  setTimeout(() => { watch.disconnect(); resolve([...said]); }, 2500);
})`;
const warned = { code: "pes_splice_timeout", message: "Next IDR is late; after 2.0 s it falls back to PMT bump." };

/** A colour, as the browser has it. */
const drawn = (page: Page, selector: string, property: string): Promise<string> =>
  page.evaluate<string>(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue("${property}")`);

const armed =
  (keyName: string, small?: string) =>
  async ({ page }: Scene): Promise<void> => {
    await arm(page);
    await loadToTake(page, keyName, small);
  };

/** Take before it is pressed: what keeps it from being pressed, and what it will ask for. */
export const BEFORE_TAKE: readonly DeskState[] = [
  {
    name: "take-safe",
    signs: (page) => [take(page, "safe.rest", "Hold to arm"), page.locator(".armed.safe", { hasText: "nothing goes on air" })],
    leave: ({ page }) => arm(page),
    isMajor: true,
  },
  {
    name: "take-arming",
    bring: async ({ page }) => {
      await page.keyboard.press("3");
      await stopClock(page);
      await page.keyboard.down("Space");
    },
    signs: (page) => [take(page, "safe.filling", "Hold to arm")],
  },
  {
    name: "take-arming-confirm",
    bring: async ({ page }) => {
      await stopClock(page);
      await page.keyboard.press("Space");
    },
    signs: (page) => [take(page, "safe.confirming", "Enter confirms")],
  },
  {
    name: "take-nothing-loaded",
    bring: ({ page }) => arm(page),
    signs: (page) => [take(page, "nothing", "Load a key"), page.locator(".armed", { hasText: "safe again in" })],
  },
  {
    name: "take-checking",
    plant: (manager) => manager.answer("impact", never),
    bring: async ({ page }) => {
      await arm(page);
      await page.keyboard.press("2");
    },
    signs: (page) => [take(page, "checking", "Checking"), page.locator(".imp .big", { hasText: "Checking" })],
  },
  {
    name: "take-check-too-old",
    bring: async (scene) => {
      await armed("2", "Space")(scene);
      scene.manager.answer("impact", never);
    },
    signs: (page) => [take(page, "checking", /Check is \d s old/), page.locator(".imp .stale", { hasText: /Checked \d/ })],
  },
  {
    name: "take-not-checked",
    plant: (manager) =>
      manager.answer("impact", () => ({
        status: 503,
        value: { error: "The database does not answer.", error_code: "database_unavailable" },
      })),
    bring: async ({ page }) => {
      await arm(page);
      await page.keyboard.press("2");
      await take(page, "blocked", "Not checked").waitFor();
      assert.deepEqual(await page.evaluate(SAID), ["Not checked"]);
    },
    signs: (page) => [take(page, "blocked", "Not checked"), page.locator(".imp .sum", { hasText: "database_unavailable" })],
  },
  {
    name: "take-blocked",
    bring: async (scene) => {
      await armed("g", "Blocked, see list")(scene);
      assert.equal(await drawn(scene.page, ".monitor.pvw .aside", "color"), await drawn(scene.page, ".tk.blocked", "border-top-color"));
    },
    signs: (page) => [
      take(page, "blocked", "Blocked, see list"),
      page.locator(".monitor.pvw", { hasText: "Blocked" }),
      page.locator(".imp .note.error", { hasText: "node_not_connected" }),
    ],
    isMajor: true,
  },
  {
    name: "take-armed",
    plant: ({ desk }) => void desk.sit(uuid(70_001), "live", false, PEOPLE.okafor),
    bring: armed("2"),
    signs: (page) => [
      take(page, "armed", "Space"),
      page.locator(".monitor.pvw", { hasText: "Ready" }),
      page.locator(".imp .big", { hasText: "9 outputs on 3 nodes" }),
      page.locator(".key.pvw .lb", { hasText: /^REPLAY A$/ }),
    ],
    isMajor: true,
  },
  {
    name: "take-hold-warning",
    plant: ({ desk }) => void desk.warned.set(AMS, warned),
    bring: armed("2", "1 warning, hold"),
    signs: (page) => [take(page, "hold", "1 warning, hold"), page.locator(".imp .note.warning", { hasText: "pes_splice_timeout" })],
  },
  {
    name: "take-hold-outputs",
    bring: armed("j", "14 outputs, hold"),
    signs: (page) => [take(page, "hold", "14 outputs, hold")],
  },
  {
    name: "take-hold-emergency",
    bring: async ({ page }) => {
      await arm(page);
      await page.keyboard.press("F5");
      await key(page, "EMER 1").waitFor();
      await loadToTake(page, "1", "Emergency, hold");
    },
    signs: (page) => [take(page, "hold", "Emergency, hold"), page.locator(".pages .t[aria-current]", { hasText: "Emergency" })],
  },
  {
    name: "take-holding",
    plant: ({ desk }) => void desk.warned.set(AMS, warned),
    bring: async (scene) => {
      await armed("2", "1 warning, hold")(scene);
      await stopClock(scene.page);
      await takeButton(scene.page).getByText("1 warning, hold").waitFor();
      await scene.page.keyboard.down("Space");
    },
    signs: (page) => [take(page, "hold.filling", "1 warning, hold")],
  },
  {
    name: "take-confirming",
    bring: async (scene) => {
      await armed("j", "14 outputs, hold")(scene);
      await stopClock(scene.page);
      await takeButton(scene.page).getByText("14 outputs, hold").waitFor();
      await scene.page.keyboard.press("Space");
      await take(scene.page, "hold.confirming", "Enter confirms").waitFor();
      // The frame of the second press is seen on the white button, too.
      assert.equal(await drawn(scene.page, ".tk.confirming", "outline-color"), await drawn(scene.page, ".tk.confirming", "color"));
    },
    signs: (page) => [take(page, "hold.confirming", "Enter confirms")],
  },
  {
    name: "take-safe-again",
    bring: async (scene) => {
      await armed("3")(scene);
      await stopClock(scene.page, 601_000);
    },
    signs: (page) => [take(page, "safe", "Hold to arm"), page.locator(".armed.safe", { hasText: "10 min without use" })],
  },
];
