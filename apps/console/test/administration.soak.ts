import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { GROUP, me, uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

// What is done to a node now and then: edited, shared, given away, taken out.

let manager: FakeManager;
withStandIn((started) => (manager = started));

const NODE = uuid(5);
const open = (t: TestContext, path = `/nodes/${NODE}/overview`): Promise<WatchedPage> => openPage(t, `${manager.url}${path}`);

const choose = async (page: Page, word: string): Promise<void> => {
  await page.getByRole("button", { name: "More about NGA-OB1" }).click();
  await page.getByRole("menuitem", { name: word }).click();
};

test("a node is edited with the version that it was opened with, and what nobody touched stays", async (t) => {
  const { page, complaints } = await open(t);
  await choose(page, "Edit");
  const dialog = page.getByRole("dialog", { name: "Edit node" });
  assert.ok(await dialog.getByRole("button", { name: "Save" }).isDisabled());
  assert.deepEqual(await violationsOf(page), []);
  await dialog.getByLabel("What it is").fill("Northgate Arena, truck A, bay 2");
  await dialog.getByLabel("Zone").fill("arena-lan");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("NGA-OB1 saved.").waitFor();

  assert.deepEqual(
    manager.acts.map(({ name, body }) => [name, body]),
    [
      [
        "updateNode",
        {
          name: "NGA-OB1",
          description: "Northgate Arena, truck A, bay 2",
          network_zone: "arena-lan",
          network_type: "nat",
          web_ui_url: null,
          expires_at: null,
        },
      ],
    ],
  );
  assert.deepEqual(complaints, []);
});

test("a node that somebody else changed meanwhile is not saved over", async (t) => {
  manager.answer("updateNode", () => ({
    status: 412,
    value: { error: "Somebody changed it since it was read.", error_code: "version_conflict", details: { version: 7 } },
  }));
  const { page } = await open(t);
  await choose(page, "Edit");
  await page.getByLabel("Name", { exact: true }).fill("NGA-OB9");
  await page.getByRole("button", { name: "Save" }).click();

  await page.getByText("Somebody changed this node since it was opened.").waitFor();
});

test("a node is shared with a group that is known by its id alone, and a share that is ended can be had back", async (t) => {
  const { page, complaints } = await open(t);
  await choose(page, "Share");
  await page.getByRole("cell", { name: "grp_harbour", exact: true }).waitFor();
  assert.deepEqual(await violationsOf(page), []);

  await page.getByLabel("Group", { exact: true }).selectOption({ label: "Another one, by its id" });
  await page.getByLabel("Id of the group").fill("grp_arena");
  await page.getByLabel("For", { exact: true }).selectOption("operate");
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByText("Shared with grp_arena.").waitFor();
  await page.getByRole("button", { name: "End the share with grp_harbour" }).click();
  await page.getByRole("button", { name: /^Undo/ }).click();
  await page.waitForTimeout(200);

  assert.deepEqual(
    manager.acts.map(({ name, params, body }) => [name, params["group_id"], (body as { permission?: string } | undefined)?.permission]),
    [
      ["setShare", "grp_arena", "operate"],
      ["removeShare", "grp_harbour", undefined],
      ["setShare", "grp_harbour", "operate"],
    ],
  );
  assert.deepEqual(complaints, []);
});

test("a node is given to another group after it is said which shares end by it", async (t) => {
  const { page } = await open(t);
  await choose(page, "Move to a group");
  await page.getByText("2 shares end: Default, grp_harbour.").waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Move to Default" }).click();
  await page.getByText("NGA-OB1 is Default's.").waitFor();

  assert.deepEqual(manager.acts.at(-1)?.body, { new_group_id: "grp_default" });
});

test("before a node is deleted stands what it carries, what sends before what is stopped, and its name is to be written", async (t) => {
  const { page } = await open(t);
  await choose(page, "Delete");
  const dialog = page.getByRole("alertdialog", { name: "Delete NGA-OB1 and 7 flows" });
  await dialog.getByText("Aerial downlink").waitFor();
  const lines = await dialog.getByRole("listitem").allInnerTexts();
  assert.match(lines[0] ?? "", /World feed dirty\s+sends to 3 outputs/);
  assert.match(lines[6] ?? "", /Aerial downlink\s+stopped/);
  assert.deepEqual(await violationsOf(page), []);
  const act = dialog.getByRole("button", { name: "Hold to delete" });
  assert.ok(await act.isDisabled());

  await dialog.getByLabel("Write NGA-OB1 to go on").fill("NGA-OB1");
  await act.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Press again to confirm" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/admin\/nodes/);
  assert.equal(manager.acts.at(-1)?.name, "deleteNode");
});

test("who may not do something sees it, off, with the role that it takes", async (t) => {
  const mine = me();
  const operator = {
    ...mine.access,
    platform_role: "user" as const,
    memberships: [{ group_id: GROUP, role: "operator" as const, allowed_node_ids: null }],
  };
  manager.answer("me", () => ({ status: 200, value: { ...mine, platform_role: "user", access: operator } }));
  const { page } = await open(t);
  await page.getByRole("button", { name: "More about NGA-OB1" }).click();
  const items = page.getByRole("menuitem");
  await items.first().waitFor();

  assert.deepEqual(
    (await items.allInnerTexts()).map((text) => text.replaceAll("\n", " ")),
    [
      "Edit Needs Admin.",
      "Share Needs Admin.",
      "Move to a group Needs Admin.",
      "New registration token Needs Admin.",
      "Rotate secret Needs Admin.",
      "Delete Needs Admin.",
    ],
  );
  assert.equal(await page.locator("[role=menuitem]:not([aria-disabled=true])").count(), 0);
  assert.deepEqual(await violationsOf(page), []);
});

test("an input is tested where it stands, and what the node says of it stands beside it", async (t) => {
  manager.answer("command", () => ({
    status: 200,
    value: {
      command_id: uuid(1),
      success: true,
      data: { success: false, state: "waiting", message: "Open at 198.51.100.24:7001, and nothing moves", rtt_ms: 9.4 },
      change_id: null,
    },
  }));
  const { page } = await open(t, `/nodes/${NODE}/inputs`);
  await page.getByRole("button", { name: "Test cam-match" }).click();
  await page.getByText("Open at 198.51.100.24:7001, and nothing moves, 9 ms").waitFor();

  assert.deepEqual(manager.acts[0]?.body, { action: { type: "test_input", input_id: "cam-match" } });
  assert.deepEqual(await violationsOf(page), []);
});
