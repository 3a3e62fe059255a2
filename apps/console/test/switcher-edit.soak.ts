import assert from "node:assert/strict";
import { test } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { bodyOf, key, openDesk, pressed } from "./desk-page.ts";
import type { FakeManager } from "./fake-manager.ts";
import { GROUP, PEOPLE, uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

let manager: FakeManager;
withStandIn((started) => (manager = started));

const EDIT = { path: `/switcher/${GROUP}?mode=edit` };

test("the editor is another place than the desk: keys put nothing anywhere", async (t) => {
  const { page, complaints } = await openDesk(t, manager);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByText("EDIT", { exact: true }).waitFor();
  await page.waitForURL(/mode=edit/);
  await page.keyboard.press("3");
  await page.keyboard.press("Space");
  assert.deepEqual(await violationsOf(page), []);
  assert.deepEqual(pressed(manager), []);
  assert.equal(await page.locator(".tk").count(), 0);
  assert.deepEqual(complaints, []);
});

test("a preset is made of inputs that the node reported, one for each flow", async (t) => {
  const { page } = await openDesk(t, manager, EDIT);
  await page.getByRole("button", { name: "New preset" }).click();
  const sheet = page.getByRole("dialog", { name: "New preset" });
  await sheet.getByRole("button", { name: "Create preset" }).click();
  await sheet.getByText("1 to 8 letters, to be read at 2 m.").waitFor();
  await sheet.getByText("Choose an input for one flow at least.").waitFor();

  await sheet.getByLabel("Label of the key").fill("TEST");
  await sheet.getByLabel("Name", { exact: true }).fill("Test source");
  await sheet.getByRole("button", { name: /NGA-OB1/ }).click();
  await sheet.getByRole("radio", { name: /cam-match/ }).check();
  await sheet.getByRole("radio", { name: /evs-a/ }).check();
  await sheet.getByLabel("splice").selectOption("pes_aligned");
  assert.deepEqual(await violationsOf(page), []);
  await sheet.getByRole("button", { name: "Create preset" }).click();
  await key(page, "TEST").waitFor();

  const { actions, position, page_id: pageId } = bodyOf(manager, "createPreset");
  assert.deepEqual(actions, [
    { type: "activate_input", node_id: uuid(5), flow_id: "flow-1", input_id: "evs-a", splice_mode_override: "pes_aligned" },
  ]);
  assert.equal(position, 23);
  assert.equal(pageId, uuid(20_000));
});

test("two people, one preset: nothing is written over unseen, field by field", async (t) => {
  const { page } = await openDesk(t, manager, EDIT);
  await key(page, "CLOSE").locator(".face").click();
  const sheet = page.getByRole("dialog", { name: "Preset CLOSE" });
  await sheet.getByLabel("Name", { exact: true }).fill("Mine");
  await sheet.getByLabel("Mark").selectOption("teal");
  const { id, version, updated_by: _, ...draft } = manager.desk.shelf.byLabel("CLOSE");
  manager.desk.shelf.update(id, version, { ...draft, name: "Theirs", description: "Behind the goal" }, PEOPLE.okafor);

  await sheet.getByText("Tunde Okafor changed this preset since you opened it.").waitFor();
  assert.ok(await sheet.getByRole("button", { name: "Save preset" }).isDisabled());
  await sheet.getByRole("button", { name: "See both" }).click();
  const merge = sheet.getByRole("region", { name: "Changed by both" });
  await merge.getByRole("radio", { name: "Theirs" }).check();
  assert.deepEqual(await violationsOf(page), []);
  await merge.getByRole("button", { name: "Use these" }).click();
  await sheet.getByRole("button", { name: "Save preset" }).click();
  await page.getByText("CLOSE is saved.").waitFor();

  const saved = manager.desk.shelf.byLabel("CLOSE");
  assert.deepEqual([saved.name, saved.color, saved.description, saved.version], ["Theirs", "teal", "Behind the goal", 3]);
});

test("a save that comes too late is refused as a conflict, and what was typed stays", async (t) => {
  const { page } = await openDesk(t, manager, EDIT);
  await key(page, "GOAL").locator(".face").click();
  const sheet = page.getByRole("dialog", { name: "Preset GOAL" });
  await sheet.getByLabel("Name", { exact: true }).fill("Mine");
  manager.answer("updatePreset", () => ({
    status: 412,
    value: { error: "Somebody changed it since it was read.", error_code: "version_conflict", details: { version: 2 } },
  }));
  await sheet.getByRole("button", { name: "Save preset" }).click();
  await sheet.getByText("version_conflict").waitFor();
  assert.equal(await sheet.getByLabel("Name", { exact: true }).inputValue(), "Mine");
});

test("keys are moved by hand and by keyboard, and change places", async (t) => {
  const { page } = await openDesk(t, manager, EDIT);
  const place = (label: string): Promise<string | null> => key(page, label).getAttribute("data-place");
  await key(page, "CLOSE").locator(".face").focus();
  await page.keyboard.press("Alt+ArrowRight");
  await page.locator('.key[data-place="3"]', { hasText: "CLOSE" }).waitFor();
  await page.locator('.key[data-place="2"]', { hasText: "GOAL" }).waitFor();
  await page.locator('[data-place="3"] .face:focus').waitFor();

  await key(page, "BARS").dragTo(key(page, "TUNNEL"));
  await page.locator('.key[data-place="7"]', { hasText: "BARS" }).waitFor();
  assert.equal(await place("TUNNEL"), "21");
  assert.equal(manager.acts.filter(({ name }) => name === "updatePreset").length, 2, "each in one step");
});

test("a page is made, changed and deleted, and its presets are not lost", async (t) => {
  const { page } = await openDesk(t, manager, EDIT);
  await page.getByRole("link", { name: /Breaks/ }).click();
  await key(page, "BREA 1").waitFor();
  await page.getByRole("button", { name: "Change page" }).click();
  await page.getByRole("dialog", { name: "Page Breaks" }).getByRole("button", { name: "Delete page" }).click();
  const confirm = page.getByRole("alertdialog");
  await confirm.getByText(/6 presets on it are on no page then/).waitFor();
  await confirm.getByRole("button", { name: "Delete page" }).click();
  await page.getByRole("link", { name: /No page/ }).click();
  await key(page, "BREA 1").waitFor();

  await page.getByRole("button", { name: "New page" }).click();
  const sheet = page.getByRole("dialog", { name: "New page" });
  await sheet.getByLabel("Name").fill("Second half");
  await sheet.getByLabel("Emergency page").click();
  await sheet.getByRole("button", { name: "Create page" }).click();
  await page.getByRole("link", { name: /Second half/ }).waitFor();
  assert.equal(bodyOf(manager, "createPage")["is_emergency"], true);
});

test("a preset on a bus is not deleted, and another one is", async (t) => {
  const { page } = await openDesk(t, manager, EDIT);
  await key(page, "MATCH").locator(".face").click();
  assert.ok(await page.getByRole("button", { name: "Delete preset" }).isDisabled());
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await key(page, "BARS").locator(".face").click();
  await page.getByRole("button", { name: "Delete preset" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete preset" }).click();
  await key(page, "BARS").waitFor({ state: "detached" });
});
