import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import { thumbnailMessage, type ThumbnailMessage } from "@bilbycast/contracts/edge-api";
import type { FlowPicture } from "@bilbycast/engine/flow";
import { Fault } from "@bilbycast/foundation/fault";
import { ThumbnailSocket, THUMBNAIL_SOCKET_PATH } from "../src/api/thumbnail-socket.ts";
import { serveSockets } from "../src/api/reader-socket.ts";
import { absenceOf, thumbnailOf } from "../src/thumbnail-stats.ts";
import { bearer, guarded, tokenOf } from "./api-clients.ts";
import { testApi, type TestApi } from "./test-api.ts";
import { wireInput } from "./test-declarations.ts";

const JPEG = Uint8Array.from([0xff, 0xd8, 1, 2, 3, 0xff, 0xd9]);

const picture = (number: number, takenAtMs = Date.now() - 1_500): FlowPicture => ({
  jpeg: JPEG,
  takenAtMs,
  width: 1_920,
  height: 1_080,
  luma: 100,
  number,
});

const withFlow = async (t: TestContext, server: Record<string, unknown> = {}): Promise<TestApi> => {
  const inputs = [
    { ...wireInput("a", 5_000), active: true },
    { ...wireInput("b", 5_001), active: false },
  ];
  return testApi(t, { config: { ...server, inputs, flows: [{ id: "f", name: "F", input_ids: ["a", "b"] }] } });
};

const get = ({ api }: TestApi, path: string, headers: Record<string, string> = {}) =>
  api.inject({ method: "GET", url: path, headers: { host: "127.0.0.1:8080", ...headers } });

test("the picture of a flow is that of its active input, with its age, and comes again only when it is another one", async (t) => {
  const api = await withFlow(t);
  api.engine.pictures.set("f/a", picture(1));
  api.engine.pictures.set("f/b", picture(7));

  const answer = await get(api, "/api/v1/flows/f/thumbnail");
  assert.deepEqual([answer.statusCode, answer.headers["content-type"], [...answer.rawPayload]], [200, "image/jpeg", [...JPEG]]);
  const age = Number(answer.headers["picture-age-ms"]);
  assert.ok(age >= 1_500 && age < 60_000, `${age} ms`);
  assert.ok(Math.abs(Date.parse(String(answer.headers["picture-time"])) + age - Date.now()) < 10_000);
  const tag = String(answer.headers["etag"]);
  assert.equal((await get(api, "/api/v1/flows/f/thumbnail", { "if-none-match": tag })).statusCode, 304);
  assert.equal((await get(api, "/api/v1/flows/f/inputs/b/thumbnail", { "if-none-match": tag })).statusCode, 200);
  api.engine.pictures.set("f/a", picture(2));
  assert.equal((await get(api, "/api/v1/flows/f/thumbnail", { "if-none-match": tag })).statusCode, 200);
});

test("where there is no picture the refusal says of what and why", async (t) => {
  const api = await withFlow(t);
  for (const [path, status, code, reason] of [
    ["/api/v1/flows/x/thumbnail", 404, "flow_not_found", undefined],
    ["/api/v1/flows/f/inputs/x/thumbnail", 404, "input_not_found", undefined],
    ["/api/v1/flows/f/thumbnail", 404, "thumbnail_absent", "thumbnail_off"],
    ["/api/v1/flows/f/thumbnail?live=perhaps", 400, "request_malformed", undefined],
  ] as const) {
    const answer = await get(api, path);
    const body = answer.json<{ error_code: string; details?: { reason?: string } }>();
    assert.deepEqual([answer.statusCode, body.error_code, body.details?.reason], [status, code, reason], path);
  }
});

test("why there is no picture is known at every stage, and what is known of one is told with its age", () => {
  const failures = { not_decodable: 0, decoder_ended: 0 };
  const pictures = {
    isLive: false,
    alarms: ["black"],
    failures,
    trouble: { code: "scrambled", message: "the video is scrambled" },
  } as const;
  const input = { id: "a", kind: "udp", state: "running", counters: {} } as const;
  const flow = { id: "f", state: "running", startedAtMs: 0, lane: 0, activeInputId: "a", inputs: [input], outputs: [] } as const;
  const of = (one: object): Parameters<typeof absenceOf>[0] => ({ ...flow, inputs: [{ ...input, ...one }], outputs: [] });

  assert.equal(absenceOf(undefined, undefined).code, "flow_not_running");
  assert.equal(absenceOf({ ...of({}), activeInputId: "z" } as never, undefined).code, "no_input");
  assert.equal(absenceOf(of({ state: "failed" }), "a").code, "input_not_running");
  assert.equal(absenceOf(of({}), "a").code, "thumbnail_off");
  assert.equal(absenceOf(of({ pictures }), "a").code, "scrambled");
  assert.equal(absenceOf(of({ pictures: { isLive: false, alarms: [], failures } }), "a").code, "pending");

  assert.deepEqual(thumbnailOf({ ...input, pictures }, 1_000), {
    thumbnail: { live: false, alarm: "black", alarms: ["black"], absent: { code: "scrambled", message: "the video is scrambled" } },
  });
  const made = { ...picture(3, 4_000), bytes: 7 };
  // A clock that was set back does not make it a picture of the future.
  assert.equal(thumbnailOf({ ...input, pictures: { isLive: true, alarms: [], failures, picture: made } }, 1_000).thumbnail?.age_ms, 0);
  assert.equal(thumbnailOf({ ...input, pictures: { isLive: true, alarms: [], failures, picture: made } }, 9_000).thumbnail?.age_ms, 5_000);
  assert.deepEqual(thumbnailOf(input, 0), {});
});

type Served = { api: TestApi; socket: ThumbnailSocket; address: string };

const served = async (t: TestContext, server: Record<string, unknown> = {}, queueBytes?: number): Promise<Served> => {
  const api = await withFlow(t, server);
  const socket = new ThumbnailSocket({ context: api.context, interval: 20, ...(queueBytes === undefined ? {} : { queueBytes }) });
  serveSockets(api.api.server, [socket.socket]);
  api.api.addHook("preClose", async () => socket.close());
  await api.api.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.api.server.address() as AddressInfo;
  return { api, socket, address: `ws://127.0.0.1:${port}${THUMBNAIL_SOCKET_PATH}` };
};

const reader = (t: TestContext, address: string, headers: Record<string, string> = {}): WebSocket => {
  const socket = new WebSocket(address, { headers });
  socket.on("error", () => undefined);
  t.after(() => socket.terminate());
  return socket;
};

const next = async (socket: WebSocket): Promise<ThumbnailMessage> => {
  const [data] = (await once(socket, "message")) as [Buffer];
  return thumbnailMessage.parse(JSON.parse(data.toString()));
};

test("a reader gets what there is when it comes, and each picture as it is made", async (t) => {
  const { api, socket, address } = await served(t);
  api.engine.pictures.set("f/a", picture(1));
  const watching = reader(t, address);

  const first = await next(watching);
  assert.ok(first.type === "thumbnail");
  assert.deepEqual([first.payload.flow_id, first.payload.input_id, first.payload.active], ["f", "a", true]);
  assert.deepEqual([...Buffer.from(first.payload.data, "base64")], [...JPEG]);
  socket.show("f", "b", picture(2), false);
  const second = await next(watching);
  assert.ok(second.type === "thumbnail" && second.payload.input_id === "b" && !second.payload.active);
});

test("what is wished live is looked at while the reader stays, and what is refused is told once", async (t) => {
  const { api, address } = await served(t);
  let refusals = 0;
  const { engine } = api;
  const look = engine.look.bind(engine);
  engine.look = (flowId, inputId) => {
    if (inputId === "b") {
      refusals += 1;
      throw new Fault("preview_limit", "No more at a time");
    }
    look(flowId, inputId);
  };
  const watching = reader(t, address);
  await once(watching, "open");
  const message = next(watching);
  watching.send(
    JSON.stringify({
      live: [
        { flow_id: "f", input_id: "a" },
        { flow_id: "f", input_id: "b" },
      ],
    }),
  );

  assert.deepEqual(await message, {
    type: "refused",
    payload: { flow_id: "f", input_id: "b", error_code: "preview_limit", error: "No more at a time" },
  });
  while (engine.looked.length < 5 || refusals < 5) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  watching.close();
  await once(watching, "close");
  await new Promise((resolve) => setTimeout(resolve, 60));
  const looked = engine.looked.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(engine.looked.length, looked);
});

test("whoever says what nobody understands, or too much, is sent away", async (t) => {
  const { address } = await served(t);
  for (const words of [
    "{",
    '{"live":[{}]}',
    `{"live":${JSON.stringify(Array.from({ length: 9 }, () => ({ flow_id: "f" })))}}`,
    "x".repeat(5_000),
  ]) {
    const watching = reader(t, address);
    await once(watching, "open");
    watching.send(words);
    const [code] = (await once(watching, "close")) as [number];
    assert.ok(code === 1008 || code === 1009, `${code} for ${words.slice(0, 20)}`);
  }
});

test("a reader that does not read gets no more pictures than its queue holds, and a token is needed where others show one", async (t) => {
  const { socket, address } = await served(t, {}, 100_000);
  const slow = reader(t, address);
  await once(slow, "open");
  slow.pause();
  const large = { ...picture(1), jpeg: new Uint8Array(200_000) };
  for (let i = 0; i < 200; i++) {
    socket.show("f", "a", large, true);
  }
  assert.ok(socket.skipped > 100, `${socket.skipped} skipped`);

  const closed = await served(t, guarded());
  const refused = reader(t, closed.address);
  const [, response] = (await once(refused, "unexpected-response")) as [unknown, { statusCode?: number }];
  assert.equal(response.statusCode, 401);
  const admitted = reader(t, closed.address, bearer(tokenOf("monitor")));
  await once(admitted, "open");
});
