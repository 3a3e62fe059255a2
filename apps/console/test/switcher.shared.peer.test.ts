import assert from "node:assert/strict";
import { test } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { arm, bodyOf, hasTally, holdKey, key, loadToTake, openDesk, pressTake, pressed, takeButton } from "./desk-page.ts";
import type { FakeManager } from "./fake-manager.ts";
import { flowStats, flowWithAlarms, GROUP, PEOPLE, uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

const [AMS, NGA] = [uuid(3), uuid(5)];
let manager: FakeManager;
withStandIn((started) => (manager = started));

test("a desk opens safe: a press takes nothing until it was held to arm", async (t) => {
  const { page } = await openDesk(t, manager);
  await page.keyboard.press("3");
  await hasTally(page, "CLOSE", "pvw");
  await takeButton(page).click();
  await page.keyboard.press("Space");
  await page.getByText("Enter confirms").waitFor();
  assert.deepEqual(pressed(manager), ["setPvw"]);

  await arm(page);
  await takeButton(page).getByText("Space", { exact: true }).waitFor();
  assert.deepEqual(pressed(manager), ["setPvw"]);
});

test("a take is orange at once, red only when the desk says so, and says how long it took", async (t) => {
  const obey = manager.desk.holdBack(NGA);
  const { page, complaints } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "3");
  await pressTake(page, manager);
  await hasTally(page, "CLOSE", "taking");
  await hasTally(page, "MATCH", "pgm");
  await takeButton(page).getByText("TAKING").waitFor();

  obey();
  await hasTally(page, "CLOSE", "pgm");
  await takeButton(page)
    .getByText(/^\d+ ms$/)
    .waitFor();
  await page.getByRole("region", { name: "PGM CLOSE" }).waitFor();
  await page.getByLabel("Last on this desk").getByText("Take CLOSE").waitFor();
  assert.equal(
    await key(page, "MATCH")
      .getAttribute("class")
      .then((text) => text?.includes("pgm")),
    false,
  );
  const body = bodyOf(manager, "take");
  assert.equal(body["preset_id"], manager.desk.shelf.byLabel("CLOSE").id);
  assert.equal(body["preset_version"], 1);
  assert.match(String(body["request_id"]), /^[0-9a-f-]{36}$/);
  assert.deepEqual(complaints, []);
});

test("what touches many outputs, is warned of or is on the emergency page is held, and whoever cannot hold confirms", async (t) => {
  manager.desk.warned.set(AMS, { code: "pes_splice_timeout", message: "May wait up to 2.0 s." });
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "j", "14 outputs, hold");
  await loadToTake(page, "2", "1 warning, hold");
  await page.getByText("pes_splice_timeout").first().waitFor();
  await page.keyboard.press("F5");
  await key(page, "EMER 1").waitFor();
  await loadToTake(page, "1", "Emergency, hold");
  await page.keyboard.press("Space");
  await page.getByText("Enter confirms").waitFor();
  assert.ok(!pressed(manager).includes("take"));

  await page.keyboard.press("Enter");
  await hasTally(page, "EMER 1", "pgm");
});

test("what cannot be taken is blocked with its reason, and nothing is sent", async (t) => {
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "g", "Blocked, see list");
  await page.getByText("node_not_connected").first().waitFor();
  await holdKey(page, "Space");

  assert.deepEqual(pressed(manager), ["setPvw"]);
});

test("partial: what failed is named, retry does it again, and revert puts back", async (t) => {
  manager.desk.failing.set(AMS, "node_timeout");
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "2");
  await pressTake(page, manager);
  await takeButton(page).getByText("1 of 4 failed").waitFor();
  await page.locator(".monitor.pgm").getByText("PARTIAL").waitFor();
  await page.locator(".results").getByText("node_timeout").waitFor();
  await hasTally(page, "REPLAY A", "both");

  manager.desk.failing.clear();
  await page.locator(".take").getByText("Retry failed").click();
  await takeButton(page).getByText("TAKEN").waitFor();
  await page.locator(".monitor.pgm").getByText("PARTIAL").waitFor({ state: "detached" });
  // Nearer to the press before, it would be the same press.
  await page.waitForTimeout(400);
  await page.keyboard.press("Control+z");
  await page
    .getByLabel("Last on this desk")
    .getByText(/^Revert/)
    .first()
    .waitFor();
  assert.deepEqual(pressed(manager), ["setPvw", "take", "retry", "revert"]);
});

test("a take is taken back by one key for thirty seconds, and by another take no longer", async (t) => {
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "3");
  await pressTake(page, manager);
  await hasTally(page, "CLOSE", "pgm");
  await page
    .locator(".take")
    .getByText(/^Revert \d+ s$/)
    .waitFor();
  await page.keyboard.press("Control+Shift+z");
  const shown = page.getByRole("group", { name: "What a take changes" });
  await shown.getByText("A revert would put back").waitFor();
  await shown.getByText(/^\d+ outputs? on \d+ nodes?$/).waitFor();
  assert.deepEqual(pressed(manager), ["setPvw", "take"], "it is only looked at");
  await page.keyboard.press("Control+z");
  await hasTally(page, "MATCH", "pgm");

  assert.equal(bodyOf(manager, "revert")["take_id"], manager.desk.takes()[1]?.id);
});

test("an edit that is closed is kept on this device; what somebody saved meanwhile is not written over unseen, and it is given up when asked", async (t) => {
  const { page, complaints } = await openDesk(t, manager, { path: `/switcher/${GROUP}?mode=edit` });
  const open = () => key(page, "CLOSE").locator(".face").click();
  const sheet = page.getByRole("dialog", { name: "Preset CLOSE" });
  const name = sheet.getByLabel("Name", { exact: true });
  await open();
  const before = await name.inputValue();
  assert.equal(await sheet.getByText("Draft kept").count(), 0);
  await name.fill("Mine");
  await sheet.getByText("Draft kept").waitFor();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });

  const { id, version, updated_by: _, ...saved } = manager.desk.shelf.byLabel("CLOSE");
  manager.desk.shelf.update(id, version, { ...saved, description: "Behind the goal" }, PEOPLE.okafor);
  await page.reload();
  await open();
  await sheet.getByText("Your draft from before").waitFor();
  await sheet.getByText("Tunde Okafor changed this preset since you opened it.").waitFor();
  assert.deepEqual([await name.inputValue(), await sheet.getByRole("button", { name: "Save preset" }).isDisabled()], ["Mine", true]);
  assert.deepEqual(await violationsOf(page), []);
  await sheet.getByRole("button", { name: "Discard it" }).click();
  assert.equal(await name.inputValue(), before);
  await sheet.getByText("changed this preset since you opened it").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await open();
  await name.waitFor();
  assert.deepEqual([await name.inputValue(), await sheet.getByText("Your draft from before").count()], [before, 0]);

  await name.fill("Mine, saved");
  await sheet.getByRole("button", { name: "Save preset" }).click();
  await sheet.waitFor({ state: "detached" });
  assert.equal(await page.evaluate<number>('Object.keys(localStorage).filter((each) => each.startsWith("bilbycast.preset")).length'), 0);
  assert.deepEqual(complaints, []);
});

test("a picture that the node finds black or frozen says so on its monitor, and no longer than it is", async (t) => {
  let flow = flowWithAlarms("freeze", { slate: "black" });
  manager.live(`node:${NGA}`, () => ({ "flow:flow-1": flow }));
  const { page } = await openDesk(t, manager);
  await page.keyboard.press("a");
  await hasTally(page, "BREAK", "pvw");
  const [pgm, pvw] = [page.locator(".monitor.pgm .signal"), page.locator(".monitor.pvw .signal")];
  await pgm.getByText("Frozen").waitFor();
  await pvw.getByText("Black").waitFor();

  // As a merge patch takes a field away.
  flow = { ...flowStats()[0], thumbnail: { alarm: null, alarms: [] } };
  await pgm.waitFor({ state: "hidden" });
  await pvw.waitFor({ state: "hidden" });
});

test("two keys change places by one request", async (t) => {
  const { page } = await openDesk(t, manager, { path: `/switcher/${GROUP}?mode=edit` });
  await key(page, "CLOSE").locator(".face").focus();
  await page.keyboard.press("Alt+ArrowRight");
  await page.locator('.key[data-place="3"]', { hasText: "CLOSE" }).waitFor();
  await page.locator('.key[data-place="2"]', { hasText: "GOAL" }).waitFor();

  const { makes_room: room } = bodyOf(manager, "updatePreset") as { makes_room?: { position: number } };
  assert.equal(room?.position, 2);
  assert.equal(manager.acts.filter(({ name }) => name === "updatePreset").length, 1);
});
