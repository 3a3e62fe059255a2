import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { cards, flowRows, GROUP, me, uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

// Every flow of every node in one table.

let manager: FakeManager;
withStandIn((started) => (manager = started));

const open = (t: TestContext, path = "/flows"): Promise<WatchedPage> => openPage(t, `${manager.url}${path}`);
const rowsOf = ({ page }: WatchedPage) => page.locator("tr[data-id]");

test("the worst flow stands first, and what is looked for stands in the address", async (t) => {
  const watched = await open(t);
  const { page } = watched;
  const rows = rowsOf(watched);
  await rows.first().waitFor();
  assert.match((await rows.first().innerText()).replaceAll(/\s+/g, " "), /Clean feed degraded HBR-OB1/);

  await page.keyboard.press("/");
  await page.keyboard.type("feed hbr");
  await page.waitForURL(/filter=feed\+hbr/);
  await page.getByLabel("Filter: Flow, node, input").fill("hbr");
  await page.getByLabel("State", { exact: true }).selectOption("off");
  await page.waitForURL(/state=off/);
  assert.equal(await rows.count(), 1);
  await page.getByLabel("Filter: Flow, node, input").fill("");
  await page.getByLabel("State", { exact: true }).selectOption("");
  await page.getByRole("columnheader", { name: "Loss" }).getByRole("button").click();
  await page.waitForURL(/sort=-loss/);
  assert.match((await rows.first().innerText()).replaceAll(/\s+/g, " "), /HBR-OB1.* 2\.31 %/);
});

test("several flows are stopped by keys, after a count of them and of what goes dark, and what failed can be tried again", async (t) => {
  let refuses = true;
  manager.answer("command", ({ params, body }) =>
    refuses && params["node_id"] === uuid(2) && (body as { action: { flow_id: string } }).action.flow_id === "flow-2"
      ? { status: 504, value: { error: "The node did not acknowledge in time.", error_code: "node_timeout" } }
      : { status: 200, value: { command_id: uuid(1), success: true, change_id: null } },
  );
  const watched = await open(t, "/flows?filter=hbr&sort=-name");
  const { page } = watched;
  const rows = rowsOf(watched);
  await rows.first().focus();
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press("x");
    await page.keyboard.press("j");
  }
  await page.getByText("3 flows selected").waitFor();
  await page.keyboard.press("p");
  const dialog = page.getByRole("alertdialog", { name: "Stop 3 flows" });
  await dialog.getByText(/\d outputs go dark\./).waitFor();
  assert.equal(await dialog.getByRole("listitem").count(), 3);
  assert.deepEqual(await violationsOf(page), []);
  await dialog.getByRole("button", { name: "Hold to stop 3 flows" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Press again to confirm" }).waitFor();
  await page.keyboard.press("Enter");

  const stopped = manager.acts.map(({ body }) => (body as { action: { type: string } }).action.type);
  await page.getByText("2 of 3 flows stopped. HBR-OB1: The node did not acknowledge in time.").waitFor();
  assert.deepEqual(new Set(stopped), new Set(["stop_flow"]));
  refuses = false;
  await page.getByRole("button", { name: /^Retry 1/ }).click();
  await page.getByText("1 flow stopped.").waitFor();
});

test("flows are switched to an input that is named, and those that have none of that name are left out", async (t) => {
  const rows = flowRows(Date.now());
  const own = rows[uuid(7)];
  const first = own?.["flow-1"];
  manager.live("flows", () => ({
    ...rows,
    [uuid(7)]: { ...own, ...(first === undefined ? {} : { "flow-1": { ...first, inputs: first.inputs.slice(0, 1) } }) },
  }));
  const { page } = await open(t, "/flows?filter=mcr1");
  await page.getByLabel("Select all").check();
  await page.getByText("9 flows selected").waitFor();
  await page.getByRole("button", { name: "Switch input" }).click();
  await page.getByRole("menuitem", { name: /^evs-a\s+8 of 9/ }).click();
  await page.getByRole("button", { name: "Switch 8 flows" }).click();
  await page.getByText("8 flows switched.").waitFor();

  const actions = manager.acts.map(({ body }) => (body as { action: { type: string; flow_id: string; input_id: string } }).action);
  assert.deepEqual(
    actions.map(({ flow_id: id }) => id).toSorted(),
    [2, 3, 4, 5, 6, 7, 8, 9].map((n) => `flow-${n}`),
  );
  assert.ok(actions.every(({ type, input_id: input }) => type === "activate_input" && input === "evs-a"));
});

test("what the filter hides is not acted on", async (t) => {
  const { page } = await open(t, "/flows?filter=mcr1");
  await page.getByLabel("Select all").check();
  await page.getByText("9 flows selected").waitFor();
  await page.getByLabel("Filter: Flow, node, input").fill("mcr1 aerial");
  await page.getByText("2 flows selected").waitFor();
});

test("who may not steer a node sees what could be done, off, with the node's name", async (t) => {
  const mine = me();
  const viewer = {
    ...mine.access,
    platform_role: "user" as const,
    memberships: [{ group_id: GROUP, role: "viewer" as const, allowed_node_ids: null }],
  };
  manager.answer("me", () => ({ status: 200, value: { ...mine, platform_role: "user", access: viewer } }));
  const { page } = await open(t, "/flows?filter=mcr1");
  await page.getByLabel("Select all").check();

  await page.getByText("Needs Operator on LDN-MCR1.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Stop", exact: true }).isDisabled());
  assert.deepEqual(await violationsOf(page), []);
});

test("ten thousand flows are listed, sorted and filtered, and a few dozen are drawn", async (t) => {
  const node = cards(Date.now())[6];
  const flows = flowRows(Date.now())[uuid(7)];
  const id = (n: number): string => uuid(10_000 + n);
  const ids = Array.from({ length: 1_200 }, (_, n) => id(n));
  manager.live("nodes", () => Object.fromEntries(ids.map((each, n) => [each, { ...node, id: each, name: `EDGE-${n}` }])));
  manager.live("flows", () => Object.fromEntries(ids.map((each) => [each, flows])));
  const watched = await open(t);
  const { page } = watched;
  const rows = rowsOf(watched);
  await page.getByText("10\u202f800 flows", { exact: true }).waitFor({ timeout: 40_000 });
  assert.ok((await rows.count()) < 80);

  await rows.first().focus();
  await page.keyboard.press("End");
  await page.getByText("EDGE-1199").first().waitFor();
  await page.getByLabel("Filter: Flow, node, input").fill("edge-77 aerial");
  await page.getByText(/^22$/).waitFor();
  assert.equal(await rows.count(), 22);
});
