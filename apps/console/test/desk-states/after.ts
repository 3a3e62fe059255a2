import { arm, hasTally, holdKey, key, loadToTake, takeButton } from "../desk-page.ts";
import { PEOPLE, uuid } from "../plant.ts";
import { never, stopClock, stretchHolds, take, type DeskState, type Scene } from "./state.ts";

const [AMS, NGA] = [uuid(3), uuid(5)];

/** Pressed at a moment that stays: what is said for two seconds is said until it was looked at. */
const taken =
  (keyName: string) =>
  async ({ page }: Scene): Promise<void> => {
    await arm(page);
    await loadToTake(page, keyName);
    await stopClock(page);
    await takeButton(page).getByText("Space", { exact: true }).waitFor();
    await page.keyboard.press("Space");
  };

/** Take after it was pressed: what is waited for, and what became of it. */
export const AFTER_TAKE: readonly DeskState[] = [
  {
    name: "take-sent",
    plant: (manager) => manager.answer("take", never),
    bring: taken("3"),
    signs: (page) => [take(page, "taking", "Sent"), page.locator(".monitor.pend", { hasText: "TAKING" })],
  },
  {
    name: "take-taking",
    plant: ({ desk }) => void desk.holdBack(AMS),
    bring: taken("2"),
    signs: (page) => [
      take(page, "taking", "2 of 3 nodes"),
      page.locator(".monitor.pend header", { hasText: "TAKING" }),
      page.locator(".key.taking .lb", { hasText: /^REPLAY A$/ }),
      page.locator(".results .pend").first(),
    ],
    isMajor: true,
  },
  {
    name: "take-slow-node",
    plant: ({ desk }) => void desk.holdBack(AMS),
    bring: async ({ page }) => {
      await arm(page);
      await loadToTake(page, "2");
      await page.keyboard.press("Space");
    },
    signs: (page) => [take(page, "taking", "Waits for AMS-DST1")],
  },
  {
    name: "take-taken",
    bring: taken("2"),
    signs: (page) => [
      take(page, "taken", /\d+ ms/),
      page.locator(".key.pgm .lb", { hasText: /^REPLAY A$/ }),
      page.locator(".monitor.pgm .verified", { hasText: /\d+ ms/ }),
    ],
    isMajor: true,
  },
  {
    name: "take-not-verified",
    plant: ({ desk }) => void desk.unproved.add(AMS),
    bring: taken("2"),
    signs: (page) => [
      take(page, "taken", "Not verified"),
      page.locator(".monitor.pgm .verified", { hasText: "not verified" }),
      page.locator(".results li", { hasText: "Obeyed, not seen to leave" }),
    ],
  },
  {
    name: "take-partial",
    plant: ({ desk }) => void desk.failing.set(AMS, "node_timeout"),
    bring: taken("2"),
    signs: (page) => [
      take(page, "partial", "1 of 4 failed"),
      page.locator(".monitor.pgm .partial", { hasText: "PARTIAL 1 of 4 failed" }),
      page.locator(".results li.bad", { hasText: "node_timeout" }),
      page.locator(".take .sub.strong", { hasText: "Retry failed" }),
      page.locator(".key.both .lb", { hasText: /^REPLAY A$/ }),
    ],
    isMajor: true,
  },
  {
    name: "take-failed",
    plant: ({ desk }) => void desk.failing.set(NGA, "node_timeout"),
    bring: taken("3"),
    signs: (page) => [take(page, "failed", "Nothing taken"), page.locator(".results li.bad", { hasText: "node_timeout" })],
  },
  {
    name: "take-interrupted",
    plant: ({ desk }) => void desk.holdBack(NGA),
    bring: async ({ page, manager: { desk } }) => {
      await arm(page);
      await loadToTake(page, "3");
      await stopClock(page);
      // Pressed by another director: whoever pressed it here has no answer, and is told that.
      void desk.take({}, PEOPLE.okafor);
      await take(page, "taking", "0 of 1 node").waitFor();
      desk.interrupt();
    },
    signs: (page) => [take(page, "failed", "Interrupted"), page.locator(".monitor.none", { hasText: "A take of CLOSE was interrupted" })],
  },
  {
    name: "take-refused",
    plant: (manager) =>
      manager.answer("take", () => ({ status: 409, value: { error: "PVW holds something else by now.", error_code: "pvw_changed" } })),
    bring: taken("2"),
    signs: (page) => [page.locator(".failure", { hasText: "pvw_changed" }), take(page, "armed", "Space")],
  },
  {
    name: "take-no-answer",
    plant: (manager) => manager.answer("take", never),
    bring: async ({ page }) => {
      await arm(page);
      await loadToTake(page, "3");
      await page.keyboard.press("Space");
      await take(page, "taking", "Sent").waitFor();
      await stopClock(page, 11_000);
    },
    signs: (page) => [page.locator(".failure", { hasText: "no_answer" })],
  },
  {
    name: "air-held",
    bring: async ({ page }) => {
      await arm(page);
      await stretchHolds(page);
      await page.keyboard.down("Alt");
      await page.keyboard.down("Digit4");
    },
    signs: (page) => [page.locator(".key.held .lb", { hasText: /^GOAL$/ })],
  },
  {
    name: "air-refused",
    bring: async ({ page }) => {
      await page.keyboard.down("Alt");
      await holdKey(page, "Digit4");
      await page.keyboard.up("Alt");
    },
    signs: (page) => [page.locator(".failure", { hasText: "desk_safe" })],
  },
  {
    name: "revert-offered",
    bring: async ({ page }) => {
      await arm(page);
      await loadToTake(page, "3");
      await page.keyboard.press("Space");
      await hasTally(page, "CLOSE", "pgm");
      await take(page, "nothing", "Load a key").waitFor();
    },
    signs: (page) => [page.locator(".take .sub:enabled", { hasText: /^Revert \d+ s/ })],
  },
  {
    name: "revert-needs-hold",
    bring: async ({ page }) => {
      await arm(page);
      await loadToTake(page, "j", "14 outputs, hold");
      await holdKey(page, "Space");
      await hasTally(page, "EMERG", "pgm");
    },
    signs: (page) => [page.locator(".take .sub", { hasText: /Hold to revert \d+ s/ })],
  },
  {
    name: "reverted",
    bring: async ({ page }) => {
      await arm(page);
      await loadToTake(page, "3");
      await page.keyboard.press("Space");
      await hasTally(page, "CLOSE", "pgm");
      await take(page, "nothing", "Load a key").waitFor();
      await page.keyboard.press("Control+z");
      await key(page, "MATCH").and(page.locator(".pgm")).waitFor();
    },
    signs: (page) => [page.getByLabel("Last on this desk").getByText("Revert MATCH")],
  },
];
