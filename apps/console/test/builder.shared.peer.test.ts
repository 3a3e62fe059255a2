import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

let manager: FakeManager;
withStandIn((started) => {
  manager = started;
});

const open = (t: TestContext, path: string): Promise<WatchedPage> => openPage(t, `${manager.url}${path}`);
const NODE = uuid(5);

const newFlow = async (page: Page): Promise<void> => {
  await page.getByLabel("Name", { exact: true }).fill("Aerial");
  await page.getByRole("button", { name: "Add input" }).first().click();
  await page
    .getByLabel("Paste an address, the form fills itself")
    .fill("srt://198.51.100.24:7001?mode=caller&latency=240&passphrase=horse-and-battery");
};

test("a pasted address makes an input, and the flow is saved as it was shown", async (t) => {
  const { page, complaints } = await open(t, `/nodes/${NODE}/flows?sheet=new`);
  await newFlow(page);
  await page.getByText(/Read as SRT caller, latency 240 ms/).waitFor();
  assert.equal(await page.getByLabel("Remote address optional").inputValue(), "198.51.100.24:7001");
  assert.deepEqual(await violationsOf(page), []);

  await page.getByText("Restarts nothing").waitFor();
  await page.getByRole("button", { name: "Create flow" }).click();
  await page.getByText(/Aerial created on NGA-OB1/).waitFor();
  const saved = manager.acts.findLast(({ name }) => name === "putConfig")?.body as {
    config: { inputs: unknown[]; flows: { id: string; input_ids: string[] }[] };
  };
  assert.deepEqual(saved.config.inputs.at(-1), {
    type: "srt",
    id: "aerial-in-1",
    name: "Aerial in 1",
    mode: "caller",
    remote_addr: "198.51.100.24:7001",
    latency_ms: 240,
    passphrase: "horse-and-battery",
  });
  assert.deepEqual(saved.config.flows.at(-1)?.input_ids, ["aerial-in-1"]);
  assert.deepEqual(complaints, []);
});

test("form and JSON are one, and what is wrong is told beside the field", async (t) => {
  const { page } = await open(t, `/nodes/${NODE}/flows?sheet=new`);
  await newFlow(page);
  await page.getByLabel("Remote address optional").fill("198.51.100.24");
  await page.getByText("Write an IP address and a port").waitFor();

  await page.getByRole("radio", { name: "JSON" }).click();
  const json = page.getByLabel("This part as JSON");
  await json.fill((await json.inputValue()).replace('"198.51.100.24"', '"198.51.100.24:9000"'));
  await page.getByRole("radio", { name: "Basic" }).click();
  assert.equal(await page.getByLabel("Remote address optional").inputValue(), "198.51.100.24:9000");
});

test("a sheet that is closed keeps its draft on this device, and no secret of it", async (t) => {
  const { page, complaints } = await open(t, `/nodes/${NODE}/flows?sheet=new`);
  await newFlow(page);
  await page.getByText("Restarts nothing").waitFor();
  const stored = await page.evaluate<string>("JSON.stringify(localStorage)");
  assert.match(stored, /198\.51\.100\.24:7001/);
  assert.doesNotMatch(stored, /horse-and-battery/);

  await page.reload();
  const notice = page.getByText("Type again: passphrase of Aerial in 1.");
  await notice.waitFor();
  const create = page.getByRole("button", { name: "Create flow" });
  assert.ok(await create.isDisabled(), "a stream is not left open because nobody looked");
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Aerial in 1" }).click();
  await page.getByLabel("Passphrase optional").fill("another word");
  await notice.waitFor({ state: "hidden" });
  await page.getByText("Restarts nothing").waitFor();
  assert.ok(await create.isEnabled());

  // Again and again, as long as nobody has said that it goes on without.
  for (let times = 0; times < 2; times++) {
    await page.reload();
    await notice.waitFor();
  }
  await page.getByRole("button", { name: "Go on without" }).click();
  await notice.waitFor({ state: "hidden" });
  await page.getByText("Restarts nothing").waitFor();
  assert.ok(await create.isEnabled());
  assert.deepEqual(complaints, []);
});

test("a small sheet that is closed goes on where it was, without its password, until it is saved or given up", async (t) => {
  const { page, complaints } = await open(t, "/admin/users?user=new");
  const sheet = page.getByRole("dialog", { name: "New person" });
  await sheet.getByLabel("User name").fill("a.lind");
  await sheet.getByLabel("First password").fill("Not-kept-1");
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });

  await page.getByRole("button", { name: "New person" }).click();
  await sheet.getByText("As you left it").waitFor();
  assert.equal(await sheet.getByLabel("User name").inputValue(), "a.lind");
  assert.equal(await sheet.getByLabel("First password").inputValue(), "");
  assert.doesNotMatch(await page.evaluate<string>("JSON.stringify(localStorage)"), /lind|Not-kept/);
  assert.deepEqual(await violationsOf(page), []);

  await sheet.getByRole("button", { name: "Discard" }).click();
  assert.equal(await sheet.getByLabel("User name").inputValue(), "");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New person" }).click();
  await sheet.getByLabel("User name").waitFor();
  assert.equal(await sheet.getByText("As you left it").count(), 0);

  await sheet.getByLabel("User name").fill("t.okafor");
  await sheet.getByLabel("Name", { exact: true }).fill("Tunde");
  await sheet.getByLabel("First password").fill("Kept-nowhere-1");
  await sheet.getByRole("button", { name: "Create person" }).click();
  await sheet.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "New person" }).click();
  await sheet.getByLabel("User name").waitFor();
  assert.equal(await sheet.getByLabel("User name").inputValue(), "");
  assert.deepEqual(complaints, []);
});
