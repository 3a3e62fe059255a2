import assert from "node:assert/strict";
import { test } from "node:test";
import { arm, hasTally, holdKey, key, loadToTake, openDesk, pressTake, pressed, takeButton } from "./desk-page.ts";
import type { FakeManager } from "./fake-manager.ts";
import { uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

const [AMS, NGA] = [uuid(3), uuid(5)];
let manager: FakeManager;
withStandIn((started) => (manager = started));

test("keys that are held down repeat, and are one press all the same", async (t) => {
  manager.desk.ackMs.set(NGA, 300);
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "3");
  for (let i = 0; i < 6; i += 1) {
    await page.keyboard.down("Space");
  }
  await page.keyboard.up("Space");
  await hasTally(page, "CLOSE", "pgm");
  await page.keyboard.press("Space");
  await page.keyboard.press("Space");

  assert.deepEqual(
    pressed(manager).filter((name) => name === "take"),
    ["take"],
  );
});

test("keys act by their place on the keyboard, and not while a field or a dialog has the focus", async (t) => {
  const { page } = await openDesk(t, manager);
  await page.evaluate(
    'document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "z", code: "KeyY", bubbles: true, cancelable: true }))',
  );
  await hasTally(page, "HBR LIVE", "pvw");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Find or run" }).waitFor();
  await page.keyboard.type("desk");
  await page.keyboard.press("Escape");
  await hasTally(page, "HBR LIVE", "pvw");
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keys of this page" });
  await sheet.getByText("Load PVW from row 1").waitFor();
  await page.keyboard.press("3");
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });

  assert.deepEqual(pressed(manager), ["setPvw"]);
  await page.keyboard.press("Escape");
  await page.getByText("A key loads PVW", { exact: true }).waitFor();
});

test("pages turn by Tab and by F keys, and F6 walks the panes", async (t) => {
  const { page } = await openDesk(t, manager);
  await page.keyboard.press("Tab");
  await key(page, "STUD 1").waitFor();
  await page.keyboard.press("Shift+Tab");
  await key(page, "MATCH").waitFor();
  await page.keyboard.press("F5");
  await key(page, "EMER 1").waitFor();
  await page.waitForURL(/\/switcher\/grp_meridian\/[0-9a-f-]{36}$/);
  await page.keyboard.press("F6");
  const isInPane = 'document.querySelector(".imp").contains(document.activeElement)';
  assert.ok(await page.evaluate<boolean>(isInPane));

  await page.keyboard.press("Digit1");
  assert.deepEqual(pressed(manager), []);
  await page.keyboard.press("Shift+F6");
  await page.keyboard.press("Digit1");
  await hasTally(page, "EMER 1", "pvw");
});

test("a key with shift shows what it would change and loads nothing", async (t) => {
  const { page } = await openDesk(t, manager);
  await page.keyboard.press("Shift+Digit2");
  await page.getByText("REPLAY A, not loaded").waitFor();
  await page.getByText("9 outputs on 3 nodes").first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("REPLAY A, not loaded").waitFor({ state: "detached" });

  assert.deepEqual(pressed(manager), []);
});

test("straight to air is Alt and a key held for 0.6 s: let go it does nothing, and a safe desk refuses it", async (t) => {
  const { page } = await openDesk(t, manager);
  await page.keyboard.down("Alt");
  await holdKey(page, "Digit4");
  await page.keyboard.up("Alt");
  await page.getByText("desk_safe").waitFor();
  await page.keyboard.press("Escape");

  await arm(page);
  await page.keyboard.down("Alt");
  await holdKey(page, "Digit4", 200);
  await page.keyboard.up("Alt");
  assert.deepEqual(pressed(manager), []);
  await page.keyboard.down("Alt");
  await holdKey(page, "Digit4");
  await page.keyboard.up("Alt");
  await hasTally(page, "GOAL", "pgm");
  assert.deepEqual(pressed(manager), ["activate"]);
});

test("by the keyboard alone: a take that failed in part is found, done again and taken back", async (t) => {
  manager.desk.failing.set(AMS, "node_timeout");
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "2");
  await pressTake(page, manager);
  await takeButton(page).getByText("PARTIAL").waitFor();
  manager.desk.failing.clear();
  await page.keyboard.press("F6");
  await page.keyboard.press("Tab");
  await page.locator(".results button:focus", { hasText: "Retry failed" }).waitFor();
  await page.keyboard.press("Space");
  await takeButton(page).getByText("TAKEN").waitFor();
  await page.waitForTimeout(400);
  await page.keyboard.press("Control+z");
  await page
    .getByLabel("Last on this desk")
    .getByText(/^Revert/)
    .first()
    .waitFor();

  assert.deepEqual(pressed(manager), ["setPvw", "take", "retry", "revert"]);
});
