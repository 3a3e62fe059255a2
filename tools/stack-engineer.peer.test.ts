import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EdgeByLine, ByteSink, freePorts, waitFor, type Peer } from "@bilbycast/testkit/peers";
import { NO_ERRORS } from "@bilbycast/testkit/ts-checker";
import type { Browser, Locator, Page } from "playwright-core";
import { openBrowser, openWindow, PATIENCE, signIn } from "./stack/browser.ts";
import { ManagerApi } from "./stack/manager-api.ts";
import { asRtp, asTransportStream } from "./stack/received.ts";
import { stackFolder, startStack, type RunningStack } from "./stack/running-stack.ts";
import { srtPicture } from "./stack/srt-picture.ts";

// An engineer's first day, by the browser alone: a node, a flow of an SRT contribution, its fault, a change that somebody else made too, and
// the way back. Each test goes on where the one before ended.

const folder = stackFolder();
const NODE = "NGA-OB1";
const INPUT = "aerial-in-1";
/** Datagrams of half a Mbit/s: some four seconds. */
const ENOUGH = 200;

let stack: RunningStack;
let browser: Browser;
let page: Page;
let complaints: string[];
let edge: EdgeByLine | undefined;
let source: Peer | undefined;
let udp: ByteSink;
let rtp: ByteSink;
let srtPort = 0;

before(async () => {
  [stack, browser] = await Promise.all([startStack(folder.path), openBrowser()]);
  ({ page, complaints } = await openWindow(browser));
  [udp, rtp, srtPort] = [await ByteSink.open(), await ByteSink.open(), await freePorts(1)];
});
after(async () => {
  await browser.close();
  await source?.stop();
  await edge?.stop();
  udp.close();
  rtp.close();
  assert.equal(await stack.end(), 0);
  folder.remove();
});

const button = (name: string | RegExp): Locator => page.getByRole("button", typeof name === "string" ? { name, exact: true } : { name });
/** Of the rail; the way to where one is may name the same place. */
const link = (name: string | RegExp): Locator =>
  page.getByRole("link", { name, ...(typeof name === "string" ? { exact: true } : {}) }).first();
const tab = (name: string | RegExp): Locator => page.getByRole("navigation", { name: "Parts of the node" }).getByRole("link", { name });
const flow = (): Locator => page.getByRole("region", { name: "Aerial", exact: true });
const openFlow = async (): Promise<void> => {
  await link("Nodes").click();
  await page.getByRole("row", { name: NODE }).click();
  await tab(/^Flows/).click();
};
/** Waits until one value after the other has been seen. */
const seen = async (what: string, count: number, look: () => Promise<string>): Promise<string[]> => {
  const values = new Set<string>();
  await waitFor(
    what,
    async () => {
      const value = await look();
      return value !== "" && values.add(value).size >= count;
    },
    PATIENCE / 1_000,
  );
  return [...values];
};

test("the first password is in a file that others cannot read, and opens the door", async () => {
  const file = join(stack.dataDir, "first-password");
  assert.ok(existsSync(file));
  const password = readFileSync(file, "utf8").trim();
  assert.equal(password, stack.password);

  await signIn(page, stack.address, "admin", password);
  await page.getByRole("row", { name: /Demonstration/ }).waitFor();
});

test("a node that is added is here when its line has been pasted", async () => {
  await link("Nodes").click();
  await button("New node").click();
  await page.getByLabel("Name", { exact: true }).fill(NODE);
  await page.getByLabel("What it is").fill("Northgate Arena, truck A");
  await button("Create node").click();
  const sheet = page.getByRole("dialog", { name: NODE });
  const line = await sheet.getByRole("code").first().innerText();
  assert.match(line, /BILBYCAST_REGISTRATION_TOKEN='[\w-]{40,}' .*bilbycast-edge$/);
  await sheet.getByText("Waits for the node.").waitFor();

  edge = EdgeByLine.start(line, join(folder.path, "node"));
  await sheet.getByText(`${NODE} is here.`).waitFor();
  await button("Done").click();
  await page.getByRole("row", { name: new RegExp(`${NODE}.*online`) }).waitFor();
});

/** One part of the flow: its kind by its button, its fields by their labels. */
const fillInput = async (): Promise<void> => {
  await button("Add input").first().click();
  await page.getByRole("radio", { name: "SRT", exact: true }).click();
  await page.getByRole("radio", { name: "Listener" }).click();
  await page.getByLabel("Local address optional").fill(`127.0.0.1:${srtPort}`);
  await page.getByLabel("Latency optional", { exact: true }).fill("150");
};

test("a flow is built by the form: an SRT listener in, UDP and RTP out", async () => {
  await openFlow();
  await button("New flow").first().click();
  await page.getByLabel("Name", { exact: true }).fill("Aerial");
  await fillInput();
  await button("Add output").first().click();
  await page.getByRole("radio", { name: "UDP", exact: true }).click();
  await page.getByLabel("Send to", { exact: true }).fill(`127.0.0.1:${udp.port}`);
  await button("Add output").first().click();
  await page.getByLabel("Paste an address, the form fills itself").fill(`rtp://127.0.0.1:${rtp.port}`);
  await page.getByText("Restarts nothing").waitFor();

  await button("Create flow").click();
  await page.getByText(`Aerial created on ${NODE}`).waitFor();
  await flow().waitFor();
});

test("what an encoder sends is seen: numbers and pictures move, and what leaves is what came", async () => {
  source = srtPicture(srtPort);
  const bitrate = flow().locator(".metric", { hasText: "Bitrate in" }).locator("b");
  const rates = await seen("the bitrate to move", 2, async () => {
    const [, number = ""] = /^([\d.]+) Mbit\/s/.exec(await bitrate.innerText()) ?? [];
    return Number(number) > 0 ? number : "";
  });
  const picture = flow().getByRole("img", { name: "Picture of Aerial" });
  const pictures = await seen("the picture to change", 3, () =>
    picture.evaluate((image: { complete: boolean; naturalWidth: number; src: string }) =>
      image.complete && image.naturalWidth > 0 ? image.src : "",
    ),
  );
  assert.ok(rates.length >= 2 && pictures.length >= 3);

  await waitFor("datagrams of both outputs", () => udp.datagrams.length >= ENOUGH && rtp.datagrams.length >= ENOUGH, PATIENCE / 1_000);
  const packets = asRtp(rtp.datagrams);
  assert.deepEqual(packets.problems, []);
  for (const report of [asTransportStream(udp.datagrams), asTransportStream(packets.payloads)]) {
    assert.deepEqual([report.errors, report.first], [NO_ERRORS, []]);
    assert.ok((report.sections["pmt"] ?? 0) > 0, JSON.stringify(report.sections));
  }
});

const alarm = (): Locator => page.getByRole("row", { name: new RegExp(`Nothing comes in on the active input ${INPUT}`) });

test("an encoder that dies is an alarm, which somebody acknowledges and which ends when it is back", async () => {
  // As when its plug is pulled: no farewell is sent.
  process.kill(source?.pid ?? assert.fail(), "SIGKILL");
  await link("Dashboard").click();
  const attention = page.getByRole("complementary", { name: "Needs attention" });
  await attention.getByRole("link", { name: new RegExp(`active input ${INPUT}`) }).click();
  await page.getByPlaceholder("Note for the log").fill("The driver has been called");
  await button(/^Acknowledge/).click();
  await alarm().getByText("Ack. admin").waitFor();

  source = srtPicture(srtPort);
  await alarm().waitFor({ state: "detached" });
  await button(/^Cleared/).click();
  await alarm()
    .getByText(/^Cleared /)
    .waitFor();
});

test("a change that somebody else made too is shown beside one's own, and nothing is overwritten unseen", async () => {
  await openFlow();
  await button("Edit").click();
  await button(/Aerial in 1/).click();
  const latency = page.getByLabel("Latency optional", { exact: true });
  assert.equal(await latency.inputValue(), "150");
  const changed = await fetch(`${await edge?.address()}/api/v1/inputs/${INPUT}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      type: "srt",
      id: INPUT,
      name: "Aerial in 1",
      mode: "listener",
      local_addr: `127.0.0.1:${srtPort}`,
      latency_ms: 300,
    }),
  });
  assert.equal(changed.status, 200, await changed.text());

  await latency.fill("200");
  const conflict = page.getByRole("region", { name: "Fields that two changed" }).getByRole("row", { name: /latency_ms/ });
  await conflict.waitFor();
  assert.deepEqual(await conflict.getByRole("cell").allInnerTexts(), ["300", "200", "150"]);
  assert.ok(await button("Save").isDisabled());

  await conflict.getByRole("radio", { name: "latency_ms: you want 200" }).check();
  await button("Go on with this").click();
  await conflict.waitFor({ state: "detached" });
  await page.getByText("Changes 1 field").waitFor();
  await button("Save").click();
  await page.getByText(`Aerial saved on ${NODE}`).waitFor();
});

test("the change is on record, and is taken back", async () => {
  const api = await ManagerApi.logIn(stack.address, "admin", stack.password);
  const { nodes } = await api.get<{ nodes: { id: string; name: string }[] }>("/nodes");
  const id = nodes.find(({ name }) => name === NODE)?.id ?? assert.fail();
  const latencyIs = (wanted: number): Promise<unknown> =>
    api.until<{ config: { inputs: { id: string; latency_ms: number }[] } }>(
      `a latency of ${wanted} ms`,
      `/nodes/${id}/config`,
      ({ config }) => config.inputs.find((input) => input.id === INPUT)?.latency_ms === wanted,
    );
  await latencyIs(200);
  await tab("History").click();
  const change = page.getByRole("article").first();
  await change.getByRole("button", { name: "1 field" }).click();
  assert.deepEqual(
    await change
      .getByRole("row", { name: /latency_ms/ })
      .getByRole("cell")
      .allInnerTexts(),
    [`/inputs/${INPUT}/latency_ms`, "300", "200"],
  );

  await change.getByRole("button", { name: "Take back" }).click();
  await page.getByText("Taken back.").waitFor();
  await latencyIs(300);
  await api.close();
  assert.deepEqual(complaints, []);
});
