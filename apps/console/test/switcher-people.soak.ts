import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "./browser.ts";
import { arm, hasTally, key, loadToTake, openDesk, pressTake, pressed, takeButton } from "./desk-page.ts";
import type { FakeManager } from "./fake-manager.ts";
import { GROUP, uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

const NGA = uuid(5);
let manager: FakeManager;
withStandIn((started) => (manager = started));

test("two directors see one desk: who is here, what is loaded, what is taken", async (t) => {
  const { page: kaur } = await openDesk(t, manager);
  const { page: okafor } = await openDesk(t, manager, { who: "okafor" });
  await kaur.getByText("Tunde Okafor").waitFor();
  await okafor.getByText("Rosa Kaur").first().waitFor();

  await kaur.keyboard.press("3");
  await hasTally(okafor, "CLOSE", "pvw");
  await arm(okafor);
  await kaur.getByText("(armed)").waitFor();
  await pressTake(okafor, manager);
  await hasTally(kaur, "CLOSE", "pgm");
  // Armed is the one who armed, and nobody else.
  await takeButton(kaur).getByText("Hold to arm").waitFor();
});

test("a lock keeps the other one from taking, a take over makes the first one safe, and both are told", async (t) => {
  const { page: kaur } = await openDesk(t, manager);
  const { page: okafor } = await openDesk(t, manager, { who: "okafor" });
  await arm(okafor);
  await arm(kaur);
  await kaur.keyboard.press("l");
  await okafor.getByText("Rosa Kaur has locked this desk.").waitFor();
  await takeButton(okafor).getByText("Locked by Rosa Kaur").waitFor();
  await okafor.getByText("another director").waitFor();

  await okafor.getByRole("button", { name: "Take over" }).click();
  await kaur.getByText("Tunde Okafor took over this desk.").waitFor();
  await takeButton(kaur).getByText("Locked by Tunde Okafor").waitFor();
  await kaur.getByRole("button", { name: "Take over" }).click();
  await takeButton(kaur).getByText("Hold to arm").waitFor();
});

test("a flow that is switched on its node takes the red away, and it is said why", async (t) => {
  const { page } = await openDesk(t, manager);
  manager.desk.drift(NGA, "flow-1", "slate");
  await page.getByText("MATCH was changed on a node").waitFor();
  await page.getByRole("region", { name: "PGM Not known" }).waitFor();
  await key(page, "MATCH").getByText("1 differs").waitFor();
  await key(page, "BREAK").getByText("as now").waitFor();
  assert.equal(await page.locator(".key.pgm").count(), 0);
  assert.match(await page.getByRole("alert", { name: "Tally" }).innerText(), /PGM is not known/);
});

test("a preset that is edited while it waits is not taken as it was looked at", async (t) => {
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "3");
  manager.answer("take", () => ({ status: 409, value: { error: "PVW holds something else by now.", error_code: "pvw_changed" } }));
  await pressTake(page, manager);
  const failure = page.locator(".failure");
  await failure.getByText("pvw_changed").waitFor();
  await failure.getByText("Take CLOSE").waitFor();
  await hasTally(page, "CLOSE", "pvw");
  await hasTally(page, "MATCH", "pgm");
});

test("without a connection nothing is pressed, and on return the desk is safe", async (t) => {
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "3");
  manager.cut(true);
  await page.getByText(/Connection lost \d+ s ago/).waitFor();
  await takeButton(page).getByText("No connection").waitFor();
  await page.keyboard.press("4");
  await page.keyboard.press("Space");
  manager.cut(false);
  await page.getByText(/Back after \d+ s/).waitFor({ timeout: 40_000 });
  await takeButton(page).getByText("Hold to arm").waitFor();
  await page.locator(".armed").getByText("connection was lost").waitFor();
  await page.getByText(/The desk is safe\./).waitFor();

  assert.deepEqual(pressed(manager), ["setPvw"]);
});

test("who may not operate a node sees it on the key, and a viewer is told what it takes", async (t) => {
  const { page } = await openDesk(t, manager, { who: "mensah" });
  await key(page, "MATCH").getByText("no right").waitFor();
  assert.equal(await key(page, "MATCH").getAttribute("title"), "Needs Operate on AMS-DST1. Ask an admin of Meridian Sport.");
  assert.equal(await page.getByRole("button", { name: "Edit" }).getAttribute("aria-disabled"), "true");
  assert.match((await page.getByRole("button", { name: "Edit" }).getAttribute("title")) ?? "", /^Needs Admin\./);

  const { page: viewer } = await openPage(t, `${manager.url}/switcher/${GROUP}`, { who: "lind" });
  await viewer.getByText(/Needs Operator\./).waitFor();
});

test("an alarm of the desk's nodes is acknowledged where one sits", async (t) => {
  const { page } = await openDesk(t, manager);
  const strip = page.getByRole("group", { name: "Alarms of this desk" });
  await strip.getByText("84 % of units in use").waitFor();
  await strip.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("1 alarm acknowledged.").waitFor();
  for (const width of [1_440, 1_100]) {
    await page.setViewportSize({ width, height: 900 });
    const [told, line] = [await page.locator(".toast").first().boundingBox(), await strip.boundingBox()];
    assert.ok(told !== null && line !== null);
    const isApart = told.x >= line.x + line.width || told.y + told.height <= line.y;
    assert.ok(isApart, `at ${width}: a result lies on the alarms: ${JSON.stringify({ told, line })}`);
  }

  assert.deepEqual(pressed(manager), ["acknowledge"]);
});

test("a node that does not answer is named after a second, and what it costs is said", async (t) => {
  const obey = manager.desk.holdBack(uuid(3));
  const { page } = await openDesk(t, manager);
  await arm(page);
  await loadToTake(page, "2");
  await pressTake(page, manager);
  await takeButton(page).getByText("Waits for AMS-DST1").waitFor();
  await page.getByRole("region", { name: "TAKING REPLAY A" }).waitFor();
  obey();
  await hasTally(page, "REPLAY A", "pgm");
});

test("what is on air stands in the top bar of every other page, and leads to the desk", async (t) => {
  const { page } = await openDesk(t, manager);
  await page.keyboard.press("3");
  await hasTally(page, "CLOSE", "pvw");
  await page.locator(".tenant").click();
  await page.getByRole("menuitem", { name: "Meridian Sport" }).click();
  await page.getByRole("link", { name: "Dashboard", exact: true }).click();
  const strip = page.getByRole("link", { name: /^PGM MATCH .*PVW CLOSE$/ });
  await strip.getByText(/^\d\d:\d\d$/).waitFor();
  await strip.click();
  await key(page, "CLOSE").waitFor();
});
