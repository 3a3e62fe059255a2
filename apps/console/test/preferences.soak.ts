import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { me, uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

// What a person chose in one browser is what another one of theirs shows.

let manager: FakeManager;
withStandIn((started) => {
  manager = started;
  const kept: Record<string, unknown> = {};
  manager.answer("preferences", () => ({ status: 200, value: { preferences: { ...kept } } }));
  manager.answer("setPreference", ({ params, body }) => {
    kept[params["key"] ?? ""] = (body as { value: unknown }).value;
    return { status: 200, value: body };
  });
});

const open = (t: TestContext, path: string): Promise<WatchedPage> => openPage(t, `${manager.url}${path}`);
const keptOnce = (key: string) => async (): Promise<boolean> => manager.acts.some(({ params }) => params["key"] === key);
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < 200, "it did not become so");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

test("theme, rows, plant time and the dashboard's view are those of the other browser", async (t) => {
  const one = await open(t, "/account");
  await one.page.getByLabel("Theme").selectOption("light");
  await one.page.getByLabel("Rows").selectOption("compact");
  await one.page.getByRole("combobox", { name: "Plant time" }).selectOption("Asia/Tokyo");
  await until(keptOnce("zone"));
  await one.page.goto(`${manager.url}/dashboard`);
  await one.page.getByRole("radio", { name: "Cards" }).click();
  await until(keptOnce("dashboard"));

  const other = await open(t, "/dashboard");
  await other.page.locator('html[data-theme="light"][data-density="compact"]').waitFor();
  await other.page.getByText(/JST|GMT\+9/).waitFor();
  await other.page.getByRole("radio", { name: "Cards", checked: true }).waitFor();
  assert.deepEqual(other.complaints, []);
});

test("a filter is kept under a name, applied in another browser, and had back after it was deleted", async (t) => {
  const one = await open(t, "/flows?filter=ldn&sort=-loss");
  await one.page.getByRole("button", { name: "Saved filters" }).click();
  await one.page.getByLabel("Name of the filter").fill("London by loss");
  assert.deepEqual(await violationsOf(one.page), []);
  await one.page.keyboard.press("Enter");
  await one.page.getByRole("button", { name: "London by loss", exact: true }).first().waitFor();
  await until(keptOnce("saved_filters"));

  const { page } = await open(t, "/flows?kind=rtp");
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("button", { name: "London by loss", exact: true }).click();
  await page.waitForURL((url) => url.search === "?filter=ldn&sort=-loss");
  await page.getByRole("button", { name: "London by loss" }).click();
  await page.getByRole("button", { name: "Delete the filter London by loss" }).click();
  await page.getByText("None yet.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Undo/ }).click();
  await page.getByRole("button", { name: "London by loss" }).waitFor();
});

test("filters of nodes and alarms are their own", async (t) => {
  const { page } = await open(t, "/admin/nodes?filter=relay");
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByLabel("Name of the filter").fill("Relays");
  await page.keyboard.press("Enter");
  await until(keptOnce("saved_filters"));
  await page.goto(`${manager.url}/events?show=unacknowledged`);
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByText("None yet.").waitFor();
  await page.getByLabel("Name of the filter").fill("To do");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "To do", exact: true }).first().waitFor();
});

test("what one person chose in a browser is not the next person's", async (t) => {
  const { page } = await open(t, "/account");
  await page.getByLabel("Theme").selectOption("light");
  await until(keptOnce("theme"));
  const next = { ...me(), id: uuid(901) };
  manager.answer("me", () => ({ status: 200, value: { ...next, access: { ...next.access, user_id: next.id } } }));
  manager.answer("preferences", () => ({ status: 200, value: { preferences: {} } }));
  await page.reload();

  await page.locator('html[data-theme="dark"]').waitFor();
});
