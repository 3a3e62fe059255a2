import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

let manager: FakeManager;
let folder: string;
withStandIn((started, build) => {
  manager = started;
  folder = build;
});

const open = (t: TestContext, path: string): Promise<WatchedPage> => openPage(t, `${manager.url}${path}`);
const NODE = uuid(5);

test("no route loads more than 250 kB before it is whole", async (t) => {
  // Charts come after the page: it is whole without them.
  const isAwaited = (name: string): boolean => /\.(js|css)$/.test(name) && !name.includes("chart-plot");
  for (const [path, word] of [
    ["/login", "User name"],
    ["/dashboard", "HBR-OB1"],
    ["/flows", "Clean feed"],
    [`/nodes/${NODE}/flows`, "MCR backup"],
  ] as const) {
    const { page } = await open(t, path);
    // Live pictures never end: a page is whole when its words stand there.
    await page.getByText(word).first().waitFor();
    const loaded = await page.evaluate<string[]>('performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname)');
    const files = loaded.filter(isAwaited);
    const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(`${folder}${name}`)).length, 0);
    t.diagnostic(`${path}: ${(size / 1_000).toFixed(0)} kB in ${files.length} files`);

    assert.ok(size < 250_000, `${path} loads ${size} bytes`);
  }
  const source = readdirSync(`${folder}/assets`)
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(`${folder}/assets/${name}`, "utf8"))
    .join("");
  assert.ok(
    !/https?:\/\/(?!www\.w3\.org|json-schema\.org|react\.dev|reactjs\.org|base-ui\.com|tanstack\.com|127\.0\.0\.1)[a-z0-9.]+\.(com|org|net|io)\//.test(
      source,
    ),
    "the console calls somebody else",
  );
});

test("who is not signed in signs in, and comes to where they wanted to go", async (t) => {
  manager.signOut();
  const { page } = await open(t, "/events?view=events");
  await page.getByLabel("User name").fill("r.kaur");
  await page.getByLabel("Password", { exact: true }).fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("User name or password is wrong.").waitFor();
  assert.deepEqual(await violationsOf(page), []);

  await page.getByLabel("Password", { exact: true }).fill("Correct1");
  await page.keyboard.press("Enter");
  await page.getByText("Loss began on path B").first().waitFor();
  assert.match(page.url(), /\/events\?view=events$/);
});

test("the worst stand first, and the filter is in the address", async (t) => {
  const { page } = await open(t, "/dashboard");
  const rows = page.locator("tr[data-id] .nm b");
  await rows.first().waitFor();
  assert.deepEqual((await rows.allInnerTexts()).slice(0, 2), ["MAN-REM1", "HBR-OB1"]);

  await page.keyboard.press("/");
  await page.keyboard.type("ldn");
  await page.waitForURL(/filter=ldn/);
  assert.equal(await rows.count(), 4);
  await page.keyboard.press("Escape");
  await page.getByRole("columnheader", { name: "Out Mbit/s" }).getByRole("button").click();
  await page.waitForURL(/sort=-out/);
  assert.equal((await rows.allInnerTexts())[0], "LDN-MCR1");
});

test("everything is found by Ctrl K, pages are reached by G and a letter, and ? tells the keys", async (t) => {
  const { page } = await open(t, "/dashboard");
  await page.getByText("HBR-OB1").first().waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("mcr1");
  await page
    .getByRole("option", { name: /LDN-MCR1/ })
    .first()
    .waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/nodes\/.*\/overview/);

  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.waitForURL(/\/events/);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys of this page" }).waitFor();
});

test("a lost connection is said with the age of what is shown, writes are off, and its return is said", async (t) => {
  const { page } = await open(t, `/events?alarm=${uuid(100)}`);
  const acknowledge = page.getByRole("button", { name: /^Acknowledge/ }).last();
  await acknowledge.waitFor();
  manager.cut(true);

  await page.getByText(/Connection lost \d+ s ago/).waitFor();
  await page.getByText(/Pictures and numbers are from/).waitFor();
  assert.ok(await acknowledge.isDisabled());
  manager.cut(false);
  await page.getByText(/Back after \d+ s/).waitFor({ timeout: 40_000 });
  assert.ok(await acknowledge.isEnabled());
});

test("an alarm is walked to and acknowledged by keys, with its note", async (t) => {
  const { page } = await open(t, "/events");
  await page.getByText("Loss above 1 % on path B").first().waitFor();
  await page.keyboard.press("j");
  await page.getByPlaceholder("Note for the log").fill("On it");
  await page
    .getByRole("button", { name: /^Acknowledge/ })
    .last()
    .click();
  await page.getByText("1 alarm acknowledged.").waitFor();

  assert.deepEqual(
    manager.acts.map(({ name, body }) => [name, body]),
    [["acknowledge", { ids: [uuid(100)], note: "On it" }]],
  );
});

test("a node is added, and one line and its picture start it", async (t) => {
  const { page, complaints } = await open(t, "/admin/nodes?sheet=new");
  await page.getByLabel("Name", { exact: true }).fill("NGA-OB3");
  await page.getByRole("button", { name: "Create node" }).click();
  await page.getByText(/npx bilbycast-edge --manager/).waitFor();
  await page.getByRole("img", { name: /QR code/ }).waitFor();

  assert.deepEqual(await violationsOf(page), []);
  assert.deepEqual(complaints, []);
});
