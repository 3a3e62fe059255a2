import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { hashOf, readStrip, type StripReading } from "@bilbycast/protocols/test-signal";
import { freePorts, waitFor } from "@bilbycast/testkit/peers";
import { EdgeProcess } from "./edge-process.ts";
import { closeBrowser, openPage } from "./pages-browser.ts";

after(closeBrowser);

const [WIDTH, HEIGHT] = [320, 180];
const NAME = "Studio 1";

/** 75 % bars as a screen shows them, left to right, between the side panels. SMPTE RP 219. */
const BARS = [
  ["white", 191, 191, 191],
  ["yellow", 191, 191, 0],
  ["cyan", 0, 191, 191],
  ["green", 0, 191, 0],
  ["magenta", 191, 0, 191],
  ["red", 191, 0, 0],
  ["blue", 0, 0, 191],
] as const;

/** What of the page's own document the code in it needs. */
type Drawn = {
  drawImage(image: unknown, x: number, y: number): void;
  getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
};
type Canvas = { width: number; height: number; getContext(kind: "2d"): Drawn };
type Decoding = { decode(): Promise<void> };
type InPage = { document: { createElement(name: "canvas"): Canvas } };

/** The picture as the browser shows it: red, green, blue and opacity of each of its points; `undefined` when another came meanwhile. */
const pixelsOf = async (page: Page): Promise<Uint8Array | undefined> => {
  const text = await page.$eval(
    "figure[data-input=bars] img",
    async (image, [width, height]) => {
      try {
        await (image as unknown as Decoding).decode();
      } catch {
        return "";
      }
      const canvas = (globalThis as unknown as InPage).document.createElement("canvas");
      [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return Array.from(context.getImageData(0, 0, width, height).data, (value) => String.fromCodePoint(value)).join("");
    },
    [WIDTH, HEIGHT] as const,
  );
  return text === "" ? undefined : Uint8Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
};

const lumaOf = (pixels: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(4 * i, 4 * i + 3);
    return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  });

/** Mean of a square of 8 points. */
const colourAt = (pixels: Uint8Array, x: number, y: number): number[] =>
  [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let i = 0; i < 64; i++) {
      sum += pixels[4 * ((y + (i >> 3)) * WIDTH + x + (i & 7)) + channel] ?? 0;
    }
    return sum / 64;
  });

test("the monitor page shows the test pattern live: its bars in their colours, its strip with source, running frames and the time of day", async (t) => {
  const port = await freePorts(4, 1);
  const edge = await EdgeProcess.start(t, {
    version: 2,
    monitor: { listen_addr: "127.0.0.1", listen_port: port },
    inputs: [{ type: "test_pattern", id: "bars", name: "Bars", screen_id: NAME, av_sync_marker: true }],
    flows: [{ id: "f", name: "News", input_ids: ["bars"], thumbnail_interval_secs: 1 }],
  });
  await edge.running(1);
  const { page, complaints } = await openPage(t, `http://127.0.0.1:${port}/`);
  await page.waitForSelector("figure[data-input=bars] img[src]", { timeout: 30_000 });
  await page.click("figure[data-input=bars] button");
  const thumbnail = async () => ((await edge.call("GET", "/api/v1/stats/f")).body["data"] as FlowStats).thumbnail;
  await waitFor("the preview", async () => (await thumbnail())?.live === true);

  const strips: StripReading[] = [];
  let pixels: Uint8Array = new Uint8Array(0);
  await waitFor(
    "ten pictures with other frames",
    async () => {
      const seen = await pixelsOf(page);
      if (seen === undefined) {
        return false;
      }
      pixels = seen;
      const strip = readStrip(lumaOf(pixels), WIDTH, HEIGHT, WIDTH);
      assert.ok(strip !== undefined, "the strip of every picture can be read");
      if (strip.frame !== strips.at(-1)?.frame) {
        strips.push(strip);
      }
      return strips.length >= 10;
    },
    30,
  );

  assert.deepEqual(new Set(strips.map(({ sourceId }) => sourceId)), new Set([hashOf(NAME)]));
  const frames = strips.map(({ frame }) => frame);
  assert.deepEqual(
    frames,
    frames.toSorted((a, b) => a - b),
  );
  const [first, last] = [strips[0], strips.at(-1)];
  assert.ok(first !== undefined && last !== undefined);
  // 25 frames a second of the strip's own clock, which is the time of day.
  assert.ok(Math.abs((last.frame - first.frame) * 40 - (last.timeMs - first.timeMs)) <= 40);
  assert.ok(Math.abs(last.timeMs - Date.now()) < 60_000);
  const live = strips.slice(-5).map(({ timeMs }) => timeMs);
  assert.ok((live.at(-1) ?? 0) - (live[0] ?? 0) < 4 * 900, `five live pictures are of ${live.join(", ")}`);
  for (const [i, [name, ...wanted]] of BARS.entries()) {
    const shown = colourAt(pixels, Math.round(40 + (i + 0.5) * (240 / 7)) - 4, 25);
    assert.ok(
      wanted.every((level, channel) => Math.abs((shown[channel] ?? 0) - level) <= 6),
      `${name}: ${shown.join(", ")} instead of ${wanted.join(", ")}`,
    );
  }
  assert.match((await page.textContent("figure[data-input=bars] figcaption")) ?? "", /on air.*\d+\.\d s old/);
  const shot = process.env["BILBYCAST_SCREENSHOT"];
  if (shot !== undefined) {
    await page.screenshot({ path: shot });
  }
  assert.deepEqual(complaints, []);
});
