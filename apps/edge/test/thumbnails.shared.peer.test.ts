import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import type { FlowStats, Health, ThumbnailMessage } from "@bilbycast/contracts/edge-api";
import { ffmpegLiveFile, ffmpegSender, freePorts, peer, waitFor } from "@bilbycast/testkit/peers";
import { EdgeProcess } from "./edge-process.ts";
import { parseMetrics } from "./metrics-page.ts";
import { closeBrowser, openPage } from "./pages-browser.ts";
import { temporaryFolder } from "./temporary-folder.ts";

after(closeBrowser);

type Shown = {
  port: number;
  address: string;
  api: (path: string, init?: RequestInit) => Promise<Response>;
  flow: () => Promise<FlowStats>;
};

/** An edge with two inputs: one moves, one is a still; the flow's pictures come each second. */
const shown = async (t: TestContext): Promise<Shown> => {
  const port = await freePorts(5, 3);
  const folder = temporaryFolder(t);
  const moving = join(folder, "moving.ts");
  await ffmpegLiveFile(moving, { source: 0, seconds: 6, rate: 3_000_000, ownPids: false, codecs: "h264-aac" });
  const edge = await EdgeProcess.start(t, {
    version: 2,
    monitor: { listen_addr: "127.0.0.1", listen_port: port },
    inputs: [
      { type: "udp", id: "a", name: "A", bind_addr: `127.0.0.1:${port + 1}` },
      { type: "udp", id: "b", name: "B", bind_addr: `127.0.0.1:${port + 2}`, active: false },
    ],
    flows: [{ id: "f", name: "News", input_ids: ["a", "b"], thumbnail_interval_secs: 1 }],
  });
  const sender = ffmpegSender({ file: moving, loop: true }, `udp://127.0.0.1:${port + 1}`);
  const black = ["-re", "-f", "lavfi", "-i", "color=black:size=320x180:rate=25", "-c:v", "mpeg2video", "-g", "12", "-f", "mpegts"];
  const still = peer("ffmpeg", ["-hide_banner", "-nostats", "-loglevel", "error", ...black, `udp://127.0.0.1:${port + 2}?pkt_size=1316`]);
  t.after(async () => {
    await sender.stop();
    await still.stop();
  });
  const { address } = await edge.running(1);
  const api = (path: string, init?: RequestInit): Promise<Response> => fetch(`${address}${path}`, init);
  const flow = async (): Promise<FlowStats> => ((await (await api("/api/v1/stats/f")).json()) as { data: FlowStats }).data;
  return { port, address, api, flow };
};

const jpegOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

test("pictures reach the API with their true age, the stream, the statistics and the page; who looks gets five a second", async (t) => {
  const { port, address, api, flow } = await shown(t);
  await waitFor("a picture of the flow", async () => (await api("/api/v1/flows/f/thumbnail")).status === 200, 40);

  const first = await api("/api/v1/flows/f/thumbnail");
  const jpeg = await jpegOf(first);
  assert.deepEqual([first.headers.get("content-type"), jpeg[0], jpeg[1], jpeg.at(-2), jpeg.at(-1)], ["image/jpeg", 0xff, 0xd8, 0xff, 0xd9]);
  const age = Number(first.headers.get("picture-age-ms"));
  assert.ok(age > 0 && Math.abs(Date.now() - Date.parse(first.headers.get("picture-time") ?? "") - age) < 2_000);
  const etag = first.headers.get("etag") ?? "";
  const again = await api("/api/v1/flows/f/thumbnail", { headers: { "if-none-match": etag } });
  assert.ok(again.status === 304 || again.headers.get("etag") !== etag);

  // Standby inputs have their own.
  await waitFor("black", async () => (await flow()).inputs_live[1]?.thumbnail?.alarm === "black", 30);
  const { thumbnail, inputs_live: inputs } = await flow();
  assert.deepEqual([thumbnail?.source_width, thumbnail?.width, thumbnail?.alarms, thumbnail?.live], [640, 320, [], false]);
  assert.ok((inputs[1]?.thumbnail?.mean_luma ?? 99) < 2);
  assert.equal((await api("/api/v1/flows/f/inputs/b/thumbnail")).status, 200);

  const socket = new WebSocket(`${address.replace("http", "ws")}/api/v1/ws/thumbnails`, ["thumbnails"]);
  t.after(() => socket.terminate());
  const times: number[] = [];
  let jpegs = 0;
  socket.on("message", (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString()) as ThumbnailMessage;
    if (type === "thumbnail" && payload.input_id === "a") {
      times.push(payload.taken_unix_ms);
      jpegs += Buffer.from(payload.data, "base64").readUInt16BE(0) === 0xffd8 ? 1 : 0;
    }
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ live: [{ flow_id: "f", input_id: "a" }] }));
  await waitFor("twenty live pictures", async () => (await flow()).thumbnail?.live === true && jpegs >= 20, 40);
  const newest = times.slice(-10);
  const span = (newest.at(-1) ?? 0) - (newest[0] ?? 0);
  assert.ok(span < 9 * 600, `ten pictures are of ${span} ms`);
  socket.close();
  await waitFor("the end of the preview", async () => (await flow()).thumbnail?.live === false);

  const health = (await (await api("/health")).json()) as Health;
  assert.deepEqual(health.resource_budget?.media.state, "running");
  assert.ok((health.resource_budget?.hosts.length ?? 0) >= 1 && (health.resource_budget?.units_used ?? 0) > 0);
  assert.ok(health.capabilities.includes("thumbnails"));

  // The page of metrics says the same, and what became of a host that crashes.
  const metric = async (name: string, labels: Record<string, string>): Promise<number | undefined> => {
    const families = parseMetrics(await (await api("/metrics")).text());
    const samples = families.get(`bilbycast_edge_${name}`)?.samples ?? [];
    return samples.find((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))?.value;
  };
  const made = (await metric("thumbnail_pictures_total", { input_id: "a" })) ?? 0;
  assert.ok(made > 20 && ((await metric("thumbnail_age_seconds", { input_id: "a" })) ?? 0) > 0);
  assert.equal(await metric("thumbnail_alarm", { input_id: "b", alarm: "black" }), 1);
  assert.equal(await metric("codec_hosts", { state: "ready" }), health.resource_budget?.hosts.length);
  assert.ok(((await metric("codec_hosts_rss_bytes", {})) ?? 0) > 1e7);
  assert.equal(await metric("codec_host_restarts_total", { reason: "crashed" }), 0);
  process.kill(health.resource_budget?.hosts[0]?.pid ?? 0, "SIGKILL");
  await waitFor("the restart to be counted", async () => (await metric("codec_host_restarts_total", { reason: "crashed" })) === 1);
  assert.ok(((await metric("thumbnail_errors_total", { input_id: "a", reason: "decoder_ended" })) ?? 0) > 0);
  await waitFor("more pictures", async () => ((await metric("thumbnail_pictures_total", { input_id: "a" })) ?? 0) > made + 1, 30);

  const { page, complaints } = await openPage(t, `http://127.0.0.1:${port}/`);
  await page.waitForSelector("figure[data-input=a] img[src]", { timeout: 30_000 });
  await page.waitForSelector("figure[data-input=b] .told svg", { timeout: 30_000 });
  assert.match((await page.textContent("figure[data-input=b] .told")) ?? "", /black/);
  assert.match((await page.textContent("figure[data-input=a] figcaption")) ?? "", /on air.*\d+\.\d s old/);
  const size = await page.$eval("figure[data-input=a] img", (image) => [(image as unknown as { naturalWidth: number }).naturalWidth]);
  assert.deepEqual(size, [320]);
  await page.click("figure[data-input=a] button");
  await waitFor("the preview", async () => (await flow()).thumbnail?.live === true);
  const shot = process.env["BILBYCAST_SCREENSHOT"];
  if (shot !== undefined) {
    await page.screenshot({ path: shot });
  }
  assert.deepEqual(complaints, []);
});
