import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { after, test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { freePorts, waitFor } from "@bilbycast/testkit/peers";
import { guarded } from "./api-clients.ts";
import { EdgeProcess } from "./edge-process.ts";
import { closeBrowser, openPage } from "./pages-browser.ts";

after(closeBrowser);

type Fields = Record<string, unknown>;

/** What nobody may be able to run by giving something a name. */
const MARKUP = `<img src=x onerror=alert(1)><script>alert(2)</script>"'&lt;`;

const SECONDS = 40;

/** Two flows with the nastiest names, fed and not fed, and a monitor page. */
const configOf = (port: number, more: Fields = {}): Fields => ({
  version: 2,
  device_name: MARKUP,
  monitor: { listen_addr: "127.0.0.1", listen_port: port },
  inputs: [
    { type: "rtp", id: "cam", name: MARKUP, bind_addr: `127.0.0.1:${port + 2}` },
    { type: "udp", id: MARKUP, name: MARKUP, group: MARKUP, bind_addr: `127.0.0.1:${port + 4}`, active: false },
  ],
  outputs: [
    { type: "udp", id: "one", name: MARKUP, dest_addr: `127.0.0.1:${port + 6}` },
    { type: "rtp", id: "two", name: "Two", dest_addr: `127.0.0.1:${port + 7}` },
  ],
  flows: [
    { id: "fed", name: MARKUP, input_ids: ["cam", MARKUP], output_ids: ["one", "two"] },
    { id: MARKUP, name: "Idle", input_ids: [], output_ids: [], enabled: false },
  ],
  ...more,
});

/** RTP with seven null TS packets each, a hundred a second, one of every fifty left out. */
const feed = (t: TestContext, port: number): { stop(): void } => {
  const socket = createSocket("udp4");
  const packet = Buffer.alloc(12 + 7 * 188, 0xff);
  packet.writeUInt16BE(0x80_21, 0);
  for (let at = 12; at < packet.length; at += 188) {
    packet.writeUInt32BE(0x47_1f_ff_10, at);
  }
  let sequence = 0;
  const timer = setInterval(() => {
    sequence += sequence % 50 === 49 ? 2 : 1;
    packet.writeUInt16BE(sequence & 0xff_ff, 2);
    packet.writeUInt32BE(sequence * 900, 4);
    packet.writeUInt32BE(7, 8);
    socket.send(packet, port, "127.0.0.1");
  }, 10);
  const stop = (): void => clearInterval(timer);
  t.after(() => {
    stop();
    socket.close();
  });
  return { stop };
};

const statsOf = async (edge: EdgeProcess): Promise<FlowStats> => {
  const { body } = await edge.call("GET", "/api/v1/stats/fed");
  return body["data"] as FlowStats;
};

/** What the page shows of the flow "fed", by the names of the statistics. */
const shown = async (page: Page): Promise<Record<string, string>> => {
  const text = async (selector: string): Promise<string> =>
    ((await page.locator(`details[data-flow="fed"] ${selector}`).textContent()) ?? "").replaceAll("\u2009", "");
  const part = (id: string, field: string): Promise<string> => text(`[data-part="${id}"] [data-field="${field}"]`);
  return {
    state: await text(`[data-field="state"]`),
    active: await text(`[data-field="active"]`),
    rate: await text(`summary [data-field="rate"]`),
    lost: await text(`[data-field="lost"]`),
    dropped: await text(`[data-field="dropped"]`),
    sending: await text(`[data-field="sending"]`),
    received: await part("cam", "packets_received"),
    inputLost: await part("cam", "packets_lost"),
    one: await part("one", "packets_sent"),
    two: await part("two", "packets_sent"),
    twoRate: await part("two", "rate"),
  };
};

/** The same out of the statistics. */
const expected = (flow: FlowStats): Record<string, string> => {
  const output = (id: string) => flow.outputs.find((each) => each.output_id === id);
  const lost = flow.inputs_live.reduce((sum, input) => sum + input.packets_lost, 0);
  const dropped = flow.outputs.reduce((sum, each) => sum + each.packets_dropped, 0);
  return {
    state: flow.state,
    active: flow.active_input_id ?? "none",
    rate: ((flow.input?.bitrate_bps ?? 0) / 1e6).toFixed(2),
    lost: String(lost),
    dropped: String(dropped),
    sending: `${flow.outputs.filter((each) => each.state === "sending").length} of ${flow.outputs.length}`,
    received: String(flow.input?.packets_received ?? 0),
    inputLost: String(flow.input?.packets_lost ?? 0),
    one: String(output("one")?.packets_sent ?? 0),
    two: String(output("two")?.packets_sent ?? 0),
    twoRate: ((output("two")?.bitrate_bps ?? 0) / 1e6).toFixed(2),
  };
};

const COUNTERS = ["received", "inputLost", "lost", "one", "two"] as const;

test("the monitor page shows what the statistics say, live, and runs no name as markup", async (t) => {
  const port = await freePorts(8, 2);
  const edge = await EdgeProcess.start(t, configOf(port));
  const sender = feed(t, port + 2);
  const { page, complaints } = await openPage(t, `http://127.0.0.1:${port}/`);
  await page.locator(`details[data-flow="fed"]`).waitFor();

  await waitFor(
    "the page to follow the running counters within two seconds",
    async () => {
      const before = expected(await statsOf(edge));
      await page.waitForTimeout(2_000);
      const seen = await shown(page);
      const now = expected(await statsOf(edge));
      const isBetween = COUNTERS.every((name) => {
        const value = Number(seen[name]);
        return Number(before[name]) <= value && value <= Number(now[name]);
      });
      return isBetween && Number(seen["received"]) > 0 && Number(seen["lost"]) > 0 && Number(seen["rate"]) > 0;
    },
    SECONDS,
  );
  sender.stop();
  await waitFor(
    "the page to say what the statistics say at rest",
    async () => {
      const [before, seen, now] = [expected(await statsOf(edge)), await shown(page), expected(await statsOf(edge))];
      return now["state"] === "stalled" && JSON.stringify(before) === JSON.stringify(now) && JSON.stringify(seen) === JSON.stringify(now);
    },
    SECONDS,
  );

  assert.equal(await page.locator("h1").textContent(), MARKUP);
  assert.equal(await page.locator(`details[data-flow="fed"] .name b`).textContent(), MARKUP);
  assert.equal(await page.locator("details").count(), 2);
  assert.equal(await page.locator("main img:not(.frame > img), main script, header img").count(), 0);
  await page.locator("#events li").first().waitFor();
  assert.match((await page.locator("#connection").textContent()) ?? "", /^Live · data \d\.\d s old$/);
  assert.deepEqual(complaints, []);
});

test("the monitor page says the age of its numbers when the edge is gone", async (t) => {
  const port = await freePorts(8, 2);
  const edge = await EdgeProcess.start(t, configOf(port));
  const { page } = await openPage(t, `http://127.0.0.1:${port}/`);
  await page.locator(`details[data-flow="fed"]`).waitFor();

  edge.child.kill("SIGTERM");
  await edge.ended;

  await page.locator("#banner").waitFor({ state: "visible" });
  assert.match((await page.locator("#banner").textContent()) ?? "", /^Connection lost \d+ s ago\. Numbers are from \d\d:\d\d:\d\d\.$/);
});

test("with authentication the monitor page asks who looks, and shows nothing before", async (t) => {
  const port = await freePorts(8, 2);
  await EdgeProcess.start(t, configOf(port, guarded()));
  const { page } = await openPage(t, `http://127.0.0.1:${port}/`);
  const form = page.locator("#sign-in");
  await form.waitFor();
  assert.equal(await page.locator("details").count(), 0);

  await form.locator("[name=client_id]").fill("wall");
  await form.locator("[name=client_secret]").fill("wrong");
  await form.locator("button").click();
  await page.locator("#sign-in-problem", { hasText: "wrong client_secret" }).waitFor();
  await form.locator("[name=client_secret]").fill("wall-secret");
  await form.locator("button").click();

  await page.locator(`details[data-flow="fed"]`).waitFor();
  await form.waitFor({ state: "hidden" });
  assert.equal(new URL(page.url()).search, "");
});

test("the setup page shows what is set up, tells what is wrong at its field, and saves", async (t) => {
  const port = await freePorts(8, 2);
  const edge = await EdgeProcess.start(t, configOf(port));
  const { address } = await edge.running(1);
  const { page, complaints } = await openPage(t, `${address}/setup`);
  const field = (name: string) => page.locator(`[name=${name}]`);
  await field("manager_url").waitFor();
  assert.equal(await field("device_name").inputValue(), MARKUP);
  assert.equal(await field("listen_port").inputValue(), "8080");

  await field("manager_url").fill("http://manager.example");
  await page.locator("#go").click();
  await page.locator("#problem", { hasText: "wss://" }).waitFor();
  assert.equal(await field("manager_url").getAttribute("aria-invalid"), "true");
  await field("manager_url").fill("wss://manager.example:8443/ws/node");
  await field("registration_token").fill("one-time-token");
  await field("device_name").fill("Studio <1>");
  await page.locator("#go").click();
  await page.locator("#done", { hasText: "Saved" }).waitFor();

  const status = (await edge.call("GET", "/setup/status")).body;
  assert.deepEqual([status["manager_url"], status["device_name"]], ["wss://manager.example:8443/ws/node", "Studio <1>"]);
  assert.doesNotMatch(readFileSync(edge.configPath, "utf8"), /one-time-token/);
  // The one refusal above is a line that the browser itself writes.
  assert.deepEqual(
    complaints.filter((text) => !text.includes("status of 400")),
    [],
  );
});
