import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { after, test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { FlowStats, PsiCatalog, Tr101290Stats } from "@bilbycast/contracts/edge-api";
import { writeSection } from "@bilbycast/protocols/mpegts";
import { freePorts } from "@bilbycast/testkit/peers";
import { MadeMux } from "@bilbycast/testkit/streams";
import { EdgeProcess } from "./edge-process.ts";
import { closeBrowser, openPage, type WatchedPage } from "./pages-browser.ts";

after(closeBrowser);

/** What a service of somebody else may be called. */
const MARKUP = `</bdi></span><img src=x onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)>"'&lt;`;
/** Turns the direction of what stands behind it, where nothing keeps it in. */
const TURNING = "News\u202e24\u0007";

const CATALOG: PsiCatalog = {
  programs: [
    {
      program_number: 1010,
      pmt_pid: 0x100,
      pcr_pid: 0x101,
      service_name: MARKUP,
      provider: MARKUP,
      streams: [
        { pid: 0x101, stream_type: 0x1b, codec: "H.264/AVC", kind: "video" },
        { pid: 0x102, stream_type: 0x0f, codec: MARKUP, kind: "audio", language: MARKUP },
        { pid: 0x1ffe, stream_type: 0x06, codec: "DVB subtitles", kind: "subtitle" },
      ],
    },
    { program_number: 65_535, pmt_pid: 0x1fff, service_name: TURNING, streams: [] },
    { program_number: 3, pmt_pid: 0x200, streams: [{ pid: 0x201, stream_type: 0xff, codec: "constructor", kind: "unknown" }] },
  ],
  last_updated_us: 1,
};

const MEASURED: Partial<Tr101290Stats> = {
  priority1_ok: false,
  priority2_ok: true,
  cc_errors: 12_345,
  window_cc_errors: 3,
  pat_errors: 1,
  window_pat_errors: 0,
  crc_errors: 2,
};

type Told = { catalog?: PsiCatalog; measured?: Partial<Tr101290Stats> };

/** The monitor page of a real edge; what the analysers would tell is put into the statistics on their way to the page. */
const opened = async (t: TestContext, told: Told): Promise<WatchedPage & { port: number }> => {
  const port = await freePorts(4, 2);
  await EdgeProcess.start(t, {
    version: 2,
    monitor: { listen_addr: "127.0.0.1", listen_port: port },
    inputs: [{ type: "udp", id: "cam", name: "Camera", bind_addr: `127.0.0.1:${port + 1}` }],
    flows: [{ id: "f", name: "News", input_ids: ["cam"] }],
  });
  const watched = await openPage(t, `http://127.0.0.1:${port}/`, async (page) => {
    await page.routeWebSocket(/\/ws\/stats$/, (browser) => {
      const edge = browser.connectToServer();
      edge.onMessage((text) => {
        const flows = JSON.parse(String(text)) as FlowStats[];
        const { catalog, measured } = told;
        browser.send(
          JSON.stringify(
            flows.map((flow) => ({
              ...flow,
              ...(measured === undefined ? {} : { tr101290: measured }),
              inputs_live: flow.inputs_live.map((input) => ({ ...input, ...(catalog === undefined ? {} : { psi_catalog: catalog }) })),
            })),
          ),
        );
      });
    });
  });
  return { ...watched, port };
};

/** A stream whose service is called so by its own SDT: PAT, map and SDT, again and again. */
const sendService = (t: TestContext, port: number, name: string): void => {
  const text = [0x15, ...Buffer.from(name)];
  const service = [0x48, 3 + text.length, 0x01, 0, text.length, ...text];
  const loop = [0xff, 0x01, 0xff, 7 >> 8, 7, 0xfc, 0x80 | (service.length >> 8), service.length & 0xff, ...service];
  const sdt = writeSection({
    ...{ tableId: 0x42, tableIdExtension: 1, versionNumber: 0, currentNextIndicator: true, sectionNumber: 0, lastSectionNumber: 0 },
    body: Uint8Array.from(loop),
  });
  const mux = new MadeMux();
  const program = { programNumber: 7, programMapPid: 0x100, streams: [{ pid: 0x101, streamType: 0x1b }] };
  const socket = createSocket("udp4");
  const timer = setInterval(() => socket.send(mux.tables([program]).section(0x11, sdt).stuff(3).take(), port, "127.0.0.1"), 100);
  t.after(() => {
    clearInterval(timer);
    socket.close();
  });
};

const textsOf = async (page: Page, selector: string): Promise<string[]> =>
  (await page.locator(selector).allTextContents()).map((text) => text.trim());

test("a service that calls itself markup in its SDT is shown as these letters, from the wire to the page", async (t) => {
  const { page, complaints, port } = await opened(t, {});
  sendService(t, port + 1, MARKUP);
  await page.locator("[data-programs=cam] .stream.first").first().waitFor();

  assert.deepEqual(await textsOf(page, "[data-programs=cam] .stream.first .service"), [MARKUP]);
  assert.equal(await page.locator("[data-programs=cam] img, [data-programs=cam] script, [data-programs=cam] svg[onload]").count(), 0);
  assert.deepEqual(complaints, []);
});

test("names from the wire are text and nothing else, whatever stands in them", async (t) => {
  const { page, complaints } = await opened(t, { catalog: CATALOG });
  await page.locator("[data-programs=cam] .stream.first").first().waitFor();

  const rows = await Promise.all(
    (await page.locator("[data-programs=cam] .stream:not(.head)").all()).map((row) => row.locator("> *").allTextContents()),
  );

  assert.deepEqual(rows, [
    ["1010", MARKUP + MARKUP, "video", "H.264/AVC", "", "257 0x0101PCR"],
    ["", "", "audio", MARKUP, MARKUP, "258 0x0102"],
    ["", "", "subtitle", "DVB subtitles", "", "8190 0x1FFE"],
    ["65535", "News\u202e24\ufffd", "no streams", "", "", ""],
    ["3", "no name", "unknown", "constructor", "", "513 0x0201"],
  ]);
  assert.deepEqual(await textsOf(page, "[data-programs=cam] .service bdi"), [MARKUP, MARKUP, "News\u202e24\ufffd", "no name"]);
  assert.equal(await page.locator("main :is(img:not(.frame > img), script, svg[onload], iframe, a)").count(), 0);
  assert.equal(await page.locator(".lamp").first().isVisible(), false);
  assert.deepEqual(complaints, []);
});

test("the lamps of TR 101 290 say which priority fails, by what, now and in all", async (t) => {
  const told: Told = { measured: MEASURED };
  const { page, complaints } = await opened(t, told);
  const lamp = (priority: number) => page.locator(`.lamp[data-priority="${priority}"]`);
  await lamp(1).waitFor();
  const shown = async (): Promise<unknown[]> =>
    Promise.all(
      [1, 2, 3].map(async (priority) => [
        await lamp(priority).getAttribute("data-lamp"),
        ...(await lamp(priority).locator("[data-field]").allTextContents()),
        ...(await lamp(priority).locator("li").allTextContents()),
      ]),
    );

  const failing = await shown();
  told.measured = {
    ...MEASURED,
    priority1_ok: true,
    priority2_ok: false,
    priority3_ok: false,
    window_cc_errors: 0,
    window_crc_errors: 1,
    window_sdt_errors: 2,
    sdt_errors: 2,
  };
  await page.locator('.lamp[data-priority="1"][data-lamp="good"]').waitFor();
  const later = await shown();

  assert.deepEqual(failing, [
    ["critical", "3", "12\u2009346", "PAT1", "continuity3 of 12\u2009345"],
    ["good", "0", "2", "CRC2"],
    ["off", "\u2013", "0"],
  ]);
  assert.deepEqual(later, [
    ["good", "0", "12\u2009346", "PAT1", "continuity12\u2009345"],
    ["warning", "1", "2", "CRC1 of 2"],
    ["note", "2", "2", "SDT2 of 2"],
  ]);
  assert.deepEqual(complaints, []);
});

test("without an analyser nothing of it is shown, and a stream of a thousand programs is summed up", async (t) => {
  const told: Told = {};
  const { page, complaints } = await opened(t, told);
  await page.locator(`details[data-flow="f"]`).waitFor();
  await page.locator(`details[data-flow="f"] .part`).first().waitFor();
  const hidden = await page.locator(".analysis").isVisible();

  const program = CATALOG.programs[2];
  told.catalog = {
    programs: Array.from({ length: 1_000 }, (_, i) => ({ ...program, program_number: i + 1, pmt_pid: 32 + i, streams: [] })),
    last_updated_us: 2,
  };
  await page.locator("[data-programs=cam]").waitFor();

  assert.equal(hidden, false);
  assert.equal(await page.locator("[data-programs=cam] .stream.first").count(), 200);
  assert.deepEqual(await textsOf(page, "[data-programs=cam] > p"), ["and 800 more streams"]);
  assert.deepEqual(complaints, []);
});
