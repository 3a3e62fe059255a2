import { arm, hasTally, loadToTake } from "../desk-page.ts";
import { pitch } from "../pitch.ts";
import type { Answer } from "../fake-answers.ts";
import { flowWithAlarms, uuid } from "../plant.ts";
import { take, type DeskState } from "./state.ts";

const NGA = uuid(5);

const aged =
  (seconds: number): Answer =>
  ({ params }) => ({
    status: 200,
    value: pitch(String(params["flow_id"] ?? params["input_id"])),
    type: "image/png",
    headers: { "x-taken-at": new Date(Date.now() - seconds * 1_000).toISOString(), etag: '"one"' },
  });
const absent: Answer = () => ({ status: 404, value: { error: "There is no picture of it.", error_code: "picture_absent" } });

/** What the two monitors show, and the connection that their pictures come over. */
export const MONITORS: readonly DeskState[] = [
  {
    name: "monitor-live",
    signs: (page) => [
      page.locator(".monitor.pgm .monitor-picture.live .age", { hasText: /^[01]\.\d s$/ }),
      page.locator(".monitor.none", { hasText: "A key loads PVW" }),
    ],
    leave: async ({ page, manager }) => {
      manager.answer("flowPicture", absent);
      await page.keyboard.press("3");
      await page.locator(".monitor.pgm .monitor-picture.stale").waitFor();
    },
  },
  {
    name: "monitor-old-picture",
    plant: (manager) => manager.answer("flowPicture", aged(14)),
    signs: (page) => [page.locator(".monitor.pgm .monitor-picture.stale .age", { hasText: /^1\d s$/ })],
  },
  {
    name: "monitor-no-picture",
    plant: (manager) => {
      manager.answer("flowPicture", aged(72));
      manager.answer("inputPicture", absent);
    },
    bring: async ({ page }) => {
      await page.keyboard.press("2");
      await hasTally(page, "REPLAY A", "pvw");
    },
    signs: (page) => [
      page.locator(".monitor.pgm .monitor-picture.none", { hasText: /No picture for (72 s|1 min|1:1\d|7\d s)/ }),
      page.locator(".monitor.pvw .monitor-picture.none", { hasText: "No picture yet" }),
    ],
  },
  {
    name: "monitor-black-and-frozen",
    plant: (manager) => manager.live(`node:${NGA}`, () => ({ "flow:flow-1": flowWithAlarms("freeze", { slate: "black" }) })),
    bring: async ({ page }) => {
      await page.keyboard.press("a");
      await hasTally(page, "BREAK", "pvw");
    },
    signs: (page) => [
      page.locator(".monitor.pgm .monitor-picture.live .signal:not(.lost)", { hasText: "Frozen" }),
      page.locator(".monitor.pvw .monitor-picture.live .signal.lost", { hasText: "Black" }),
    ],
    isMajor: true,
  },
  {
    name: "monitor-four-together",
    bring: async ({ page }) => {
      await page.keyboard.press("2");
      await page.getByLabel("Picture of PVW").selectOption("all");
    },
    signs: (page) => [page.locator(".monitor.pvw .quad")],
  },
  {
    name: "connection-lost",
    bring: async ({ page, manager }) => {
      await arm(page);
      await loadToTake(page, "2");
      manager.cut(true);
    },
    signs: (page) => [page.locator(".banner.lost", { hasText: /Connection lost \d+ s ago/ }), take(page, "off", "No connection")],
  },
  {
    name: "connection-back",
    bring: async ({ page, manager }) => {
      await arm(page);
      await loadToTake(page, "2");
      manager.cut(true);
      await take(page, "off", "No connection").waitFor();
      manager.cut(false);
      await page.locator(".banner.back").waitFor({ timeout: 40_000 });
    },
    signs: (page) => [
      page.locator(".banner.back", { hasText: /Back after \d+ s/ }),
      page.locator(".armed.safe", { hasText: "connection was lost" }),
      take(page, "safe", "Hold to arm"),
    ],
  },
];
