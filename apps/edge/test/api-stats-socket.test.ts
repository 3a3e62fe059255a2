import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { WebSocket, type ClientOptions } from "ws";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { StatsSocket, STATS_SOCKET_PATH, type StatsSocketOptions } from "../src/api/stats-socket.ts";
import { bearer, guarded, tokenOf } from "./api-clients.ts";
import { testApi } from "./test-api.ts";

const flowOf = (name: string): FlowStats => ({
  flow_id: "f",
  flow_name: name,
  state: "running",
  health: "Healthy",
  health_reasons: [],
  uptime_secs: 1,
  inputs_live: [],
  outputs: [],
});

type Served = { socket: StatsSocket; address: string; port: number; change: (config: Record<string, unknown>) => Promise<void> };

/** The stream on an API that listens, every 20 ms. */
const served = async (t: TestContext, config: Record<string, unknown>, options: Partial<StatsSocketOptions> = {}): Promise<Served> => {
  const { api, control, store } = await testApi(t, { config });
  const socket = new StatsSocket({ context: { store }, stats: () => [flowOf("News")], interval: 20, ...options });
  socket.serve(api.server);
  // The server waits for connections that others took over.
  api.addHook("preClose", async () => socket.close());
  await api.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.server.address() as AddressInfo;
  const change = async (next: Record<string, unknown>): Promise<void> => {
    await control.replace({ version: 2, ...next });
  };
  return { socket, port, change, address: `ws://127.0.0.1:${port}${STATS_SOCKET_PATH}` };
};

/** Connects and stays until the test ends. */
const reader = (t: TestContext, address: string, words: string[] | ClientOptions = []): WebSocket => {
  const socket = Array.isArray(words) ? new WebSocket(address, words) : new WebSocket(address, words);
  socket.on("error", () => undefined);
  t.after(() => socket.terminate());
  return socket;
};

/** The edge learns of an end a moment after the reader did. */
const waitUntil = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const nextMessage = async (socket: WebSocket): Promise<unknown> => {
  const [data] = (await once(socket, "message")) as [Buffer];
  return JSON.parse(data.toString());
};

/** HTTP status and code with which the stream is refused. */
const refusal = async (socket: WebSocket): Promise<[number | undefined, string]> => {
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, NodeJS.ReadableStream & { statusCode?: number }];
  let text = "";
  for await (const piece of response) {
    text += piece.toString();
  }
  return [response.statusCode, (JSON.parse(text) as { error_code: string }).error_code];
};

test("statistics come again and again as an array of flows", async (t) => {
  const { address } = await served(t, {});
  const socket = reader(t, address);

  assert.deepEqual(await nextMessage(socket), [flowOf("News")]);
  assert.deepEqual(await nextMessage(socket), [flowOf("News")]);
});

test("with authentication a reader needs a token, in the header or as a subprotocol, and never in the URL", async (t) => {
  const { address } = await served(t, guarded());
  const token = tokenOf("monitor");

  assert.deepEqual(await refusal(reader(t, address)), [401, "auth_missing"]);
  assert.deepEqual(await refusal(reader(t, `${address}?token=${token}`)), [401, "auth_missing"]);
  assert.deepEqual(await refusal(reader(t, address, { headers: bearer("a.b.c") })), [401, "auth_token_invalid"]);
  assert.deepEqual(await nextMessage(reader(t, address, { headers: bearer(token) })), [flowOf("News")]);
  const browser = reader(t, address, ["stats", `bearer.${token}`]);
  assert.deepEqual(await nextMessage(browser), [flowOf("News")]);
  assert.equal(browser.protocol, "stats");
  assert.deepEqual(await nextMessage(reader(t, address, [`bearer.${token}`])), [flowOf("News")]);
});

test("a page of another site reads nothing, with a token or without one", async (t) => {
  const open = await served(t, {});
  const locked = await served(t, guarded());
  const origin = "http://elsewhere.example";

  assert.deepEqual(await refusal(reader(t, open.address, { origin })), [403, "origin_refused"]);
  assert.deepEqual(await refusal(reader(t, locked.address, { origin, headers: bearer(tokenOf("admin")) })), [403, "origin_refused"]);
  assert.deepEqual(await nextMessage(reader(t, open.address, { origin: `http://127.0.0.1:${open.port}` })), [flowOf("News")]);
});

test("no other path speaks WebSocket, and this one answers plain requests with what it expects", async (t) => {
  const { address, port } = await served(t, {});

  assert.deepEqual(await refusal(reader(t, address.replace("/stats", "/other"))), [404, "route_not_found"]);
  const plain = await fetch(`http://127.0.0.1:${port}${STATS_SOCKET_PATH}`);
  assert.equal(plain.status, 426);
});

test("the stream ends with the token", async (t) => {
  const { address, socket } = await served(t, guarded());
  const watching = reader(t, address, { headers: bearer(tokenOf("monitor", 3)) });

  const [code] = (await once(watching, "close")) as [number];

  assert.equal(code, 1008);
  await waitUntil(() => socket.readers === 0);
});

test("the stream ends when a token is asked for from now on, and when the client of its token is gone", async (t) => {
  const { address, change } = await served(t, {});
  const stranger = reader(t, address);
  await nextMessage(stranger);
  const strangerGone = once(stranger, "close") as Promise<[number, Buffer]>;
  await change(guarded());
  const [code, reason] = await strangerGone;

  const wall = reader(t, address, { headers: bearer(tokenOf("monitor")) });
  const boss = reader(t, address, { headers: bearer(tokenOf("admin")) });
  await Promise.all([nextMessage(wall), nextMessage(boss)]);
  const wallGone = once(wall, "close") as Promise<[number, Buffer]>;
  await change(guarded({}, { clients: [{ client_id: "boss", client_secret: "boss-secret", role: "admin" }] }));
  const [laterCode, laterReason] = await wallGone;

  assert.deepEqual([code, String(reason)], [1008, "auth_missing"]);
  assert.deepEqual([laterCode, String(laterReason)], [1008, "auth_token_invalid"]);
  assert.deepEqual(await nextMessage(boss), [flowOf("News")]);
});

test("readers beyond the bound are refused, and a place that becomes free is given again", async (t) => {
  const { address } = await served(t, {}, { readers: 1 });
  const first = reader(t, address);
  await once(first, "open");

  assert.deepEqual(await refusal(reader(t, address)), [503, "websocket_limit"]);
  first.close();
  await once(first, "close");
  assert.deepEqual(await nextMessage(reader(t, address)), [flowOf("News")]);
});

/** A reader that asks and then never reads a byte. */
const deaf = async (t: TestContext, port: number): Promise<Socket> => {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  socket.pause();
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET ${STATS_SOCKET_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  return socket;
};

test("a reader that never reads is cut off at the bound of its queue, and the others go on reading", async (t) => {
  const stats = [flowOf("x".repeat(400_000))];
  const { address, port, socket } = await served(t, {}, { stats: () => stats, queueBytes: 2_000_000 });
  const other = reader(t, address);
  await once(other, "open");
  await deaf(t, port);

  while (socket.cutOff === 0) {
    await nextMessage(other);
  }

  assert.equal(socket.cutOff, 1);
  assert.deepEqual(await nextMessage(other), stats);
  assert.equal(socket.readers, 1);
});

test("a reader that talks too much is cut off", async (t) => {
  const { address, socket } = await served(t, {});
  const talker = reader(t, address);
  await once(talker, "open");

  talker.send("x".repeat(10_000));
  const [code] = (await once(talker, "close")) as [number];

  assert.equal(code, 1009);
  await waitUntil(() => socket.readers === 0);
});
