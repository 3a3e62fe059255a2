import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violationsOf } from "./stack/accessibility.ts";
import { openBrowser, openWindow, signIn } from "./stack/browser.ts";
import { furnish, type Furnished } from "./stack/furnish.ts";
import { ManagerApi } from "./stack/manager-api.ts";
import { stackFolder, startStack, type RunningStack } from "./stack/running-stack.ts";

// Every page of the console over the real manager, judged in one theme after the other. With BILBYCAST_SCREENSHOTS, a folder, each is judged in
// every theme, and kept there as pictures: for whoever looks at them.

const folder = stackFolder();
const PICTURES = process.env["BILBYCAST_SCREENSHOTS"];

let stack: RunningStack;
let browser: Browser;
let page: Page;
let complaints: string[];
let known: Furnished;

before(async () => {
  [stack, browser] = await Promise.all([startStack(folder.path), openBrowser()]);
  ({ page, complaints } = await openWindow(browser));
  const api = await ManagerApi.logIn(stack.address, stack.username, stack.password);
  known = await furnish(api);
  await api.close();
});
after(async () => {
  await browser.close();
  assert.equal(await stack.end(), 0);
  folder.remove();
});

/** As the system of whoever sits there asks for them: the console follows at once. */
const THEMES = [
  { name: "dark", media: { colorScheme: "dark", contrast: "no-preference" } },
  { name: "light", media: { colorScheme: "light", contrast: "no-preference" } },
  { name: "contrast", media: { colorScheme: "dark", contrast: "more" } },
] as const;

let turn = 0;

const look = async (name: string): Promise<void> => {
  const themes = PICTURES === undefined ? [THEMES[turn++ % THEMES.length] ?? THEMES[0]] : THEMES;
  for (const { media, name: theme } of themes) {
    await page.emulateMedia(media);
    await page.locator(`html[data-theme="${theme}"]`).waitFor();
    assert.deepEqual([theme, await violationsOf(page)], [theme, []]);
    if (PICTURES !== undefined) {
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: join(PICTURES, `${name}-${theme}.png`) });
    }
  }
  assert.deepEqual(complaints, []);
};

test("login: can be used by everybody", async () => {
  await page.goto(stack.address);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await look("login");

  await signIn(page, stack.address, stack.username, stack.password);
  await page.getByRole("row", { name: /Demonstration/ }).waitFor();
});

/** Each by its name, its address, and words that stand there when it is whole. */
const PAGES: readonly [name: string, path: (known: Furnished) => string, words: string | RegExp][] = [
  ["dashboard", () => "/dashboard", /MER-OB4/],
  ["dashboard-cards", () => "/dashboard?view=cards", /MER-OB4/],
  ["dashboard-wall", () => "/dashboard?view=wall", "Studio, programme"],
  ["alarms", () => "/events", /^(input_lost|\w+_failed)/],
  ["alarm", ({ alarmId }) => `/events?alarm=${alarmId}`, /^Open (flow|node)$/],
  ["events", () => "/events?view=events", "Demonstration"],
  ["nodes", () => "/admin/nodes", "waits for its token"],
  ["node-new", () => "/admin/nodes?sheet=new", "Create node"],
  ["node-overview", ({ nodeId }) => `/nodes/${nodeId}/overview`, "Studio, programme"],
  ["node-flows", ({ nodeId }) => `/nodes/${nodeId}/flows?flow=studio`, "Studio over RTP"],
  ["node-flow-stalled", ({ nodeId }) => `/nodes/${nodeId}/flows?flow=live`, "Your stream over UDP"],
  ["flow-new", ({ nodeId }) => `/nodes/${nodeId}/flows?sheet=new`, "Nothing yet."],
  ["flow-edit", ({ nodeId }) => `/nodes/${nodeId}/flows?flow=studio&sheet=edit`, "Change to the node's configuration"],
  ["node-inputs", ({ nodeId }) => `/nodes/${nodeId}/inputs`, "Camera 2"],
  ["node-outputs", ({ nodeId }) => `/nodes/${nodeId}/outputs`, "Studio over UDP"],
  ["node-resources", ({ nodeId }) => `/nodes/${nodeId}/resources`, /CPU/],
  ["node-history", ({ nodeId }) => `/nodes/${nodeId}/history`, "Take back"],
  ["snapshot", ({ nodeId, snapshotId }) => `/nodes/${nodeId}/history?snapshot=${snapshotId}`, "How the present one differs"],
  ["users", () => "/admin/users", "Tunde Okafor"],
  ["user", ({ userId }) => `/admin/users?user=${userId}`, "Their name stays in the record of what they did."],
  ["user-new", () => "/admin/users?user=new", "Create person"],
  ["groups", ({ groupId }) => `/admin/groups?group=${groupId}`, "Quotas"],
  ["group-new", () => "/admin/groups?group=new", "Create group"],
  ["audit", () => "/admin/audit-log", "node.config.update"],
  ["settings", () => "/admin/settings", "Installation"],
  ["account", () => "/account", "Newsroom"],
  ["nothing", () => "/nowhere", "Nothing is at this address"],
];

for (const [name, path, words] of PAGES) {
  test(`${name}: is whole, and can be used by everybody`, async () => {
    await page.goto(`${stack.address}${path(known)}`);
    await page.getByText(words).filter({ visible: true }).first().waitFor();
    await look(name);
  });
}
