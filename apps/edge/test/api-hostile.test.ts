import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { hostname } from "node:os";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigStore } from "../src/config-store.ts";
import { bearer, guarded, tokenOf } from "./api-clients.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { testApi, type Answer } from "./test-api.ts";
import { declarations, wireInput, wireOutput } from "./test-declarations.ts";

type Fields = Record<string, unknown>;

const refusalOf = ({ status, body }: Answer): unknown[] => [status, body.error_code];

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

for (const depth of [64, 2_000, 100_000]) {
  test(`a body with ${depth} lists in each other is refused as such, by every route, and nothing of it is kept`, async (t) => {
    const api = await testApi(t);
    const routes = [
      ["PUT", "/api/v1/config", `{"version":2,"x":${nested(depth)}}`],
      ["POST", "/api/v1/config/check", `{"version":2,"x":${nested(depth)}}`],
      ["POST", "/api/v1/flows", `{"id":"f","name":"F","x":${nested(depth)}}`],
      ["PUT", "/api/v1/outputs/o", nested(depth)],
      ["POST", "/setup", `{"manager_url":"wss://m/","x":${nested(depth)}}`],
      ["POST", "/oauth/token", `{"grant_type":"client_credentials","client_id":"a","client_secret":"b","x":${nested(depth)}}`],
    ] as const;

    for (const [method, url, body] of routes) {
      assert.deepEqual([url, ...refusalOf(await api.call(method, url, body))], [url, 400, "request_malformed"]);
    }
    assert.equal((await api.call("GET", "/api/v1/config")).status, 200);
  });
}

test("a field that nobody knows may be nested as deep as anything that makes sense", async (t) => {
  const api = await testApi(t);

  const put = await api.call("PUT", "/api/v1/config", `{"version":2,"later":${nested(60)}}`);
  const read = await api.call("GET", "/api/v1/config", undefined);

  assert.deepEqual([put.status, read.status], [200, 200]);
  assert.equal(JSON.stringify((read.body.data as Fields)["later"]), nested(60));
});

test("a file with lists in each other without end is told as unreadable and left as it is", async (t) => {
  const path = join(temporaryFolder(t), "config.json");
  const text = `{"version":2,"x":${nested(100_000)}}`;
  writeFileSync(path, text);

  await assert.rejects(ConfigStore.open(path, declarations), { code: "config_unreadable", message: /nested/ });

  assert.equal(readFileSync(path, "utf8"), text);
});

test("a reference to an output that is not there is taken off its flow without taking another output along", async (t) => {
  const flow = { id: "f", name: "F", output_ids: ["missing"] };
  const api = await testApi(t, { config: { outputs: [wireOutput("bystander")], flows: [flow] } });

  const removed = await api.call("DELETE", "/api/v1/flows/f/outputs/missing");
  const left = await api.call("GET", "/api/v1/outputs");

  assert.equal(removed.status, 200);
  assert.deepEqual(
    (left.body.data as { outputs: Fields[] }).outputs.map(({ id }) => id),
    ["bystander"],
  );
});

test("credentials that no transport declares are no monitor's either: of a type to come, a broken part, a field in a wrong place", async (t) => {
  const config = guarded({
    inputs: [
      { type: "srtt", id: "a", name: "A", mode: "caller", passphrase: "leak-1", redundancy: { passphrase: "leak-2" } },
      { id: "no-type", name: "N", stream_key: "leak-3" },
      wireInput("b", 5000, { password: "leak-4" }),
    ],
    outputs: [wireOutput("o", { Authorization: "leak-5", paths: [{ psk: "leak-6" }] })],
    flows: [{ id: "f", name: "F", input_ids: ["b"], output_ids: ["o"], whip: { bearer_token: "leak-7" } }],
    cloud: { client_secret: "leak-8" },
  });
  const api = await testApi(t, { config });
  const places = ["config", "inputs", "inputs/b", "outputs", "outputs/o", "flows", "flows/f", "stats", "events"];

  for (const place of places) {
    const seen = await api.call("GET", `/api/v1/${place}`, undefined, bearer(tokenOf("monitor")));
    assert.equal(seen.status, 200, place);
    assert.doesNotMatch(JSON.stringify(seen.body), /leak-/, place);
  }
  const whole = await api.call("GET", "/api/v1/config", undefined, bearer(tokenOf("admin")));
  assert.equal(new Set(JSON.stringify(whole.body).match(/leak-\d/g)).size, 8);
});

test("what describes the API to a monitor names the fields of credentials, since it holds none", async (t) => {
  const api = await testApi(t, { config: guarded() });

  for (const place of ["openapi.json", "config/schema"]) {
    const seen = await api.call("GET", `/api/v1/${place}`, undefined, bearer(tokenOf("monitor")));
    assert.match(JSON.stringify(seen.body), /"client_secret":\{/, place);
  }
});

test("a token ends with its client, and with the role that the client had", async (t) => {
  const api = await testApi(t, { config: guarded() });
  const admin = bearer(tokenOf("admin"));
  const monitor = bearer(tokenOf("monitor"));
  const clientsOf = (...clients: Fields[]): Fields => ({ version: 2, ...guarded({}, { clients }) });
  const wall = { client_id: "wall", client_secret: "wall-secret", role: "monitor" };
  const boss = { client_id: "boss", client_secret: "boss-secret", role: "admin" };

  const before = await api.call("GET", "/api/v1/stats", undefined, monitor);
  await api.call("PUT", "/api/v1/config", clientsOf(boss), admin);
  const removed = await api.call("GET", "/api/v1/stats", undefined, monitor);
  await api.call("PUT", "/api/v1/config", clientsOf({ ...boss, role: "monitor" }, { ...wall, role: "admin" }), admin);
  const lowered = await api.call("GET", "/api/v1/stats", undefined, admin);
  const raised = await api.call("GET", "/api/v1/stats", undefined, monitor);

  assert.equal(before.status, 200);
  for (const answer of [removed, lowered, raised]) {
    assert.deepEqual(refusalOf(answer), [401, "auth_token_invalid"]);
  }
});

test("a request whose client is removed while its body comes changes nothing", async (t) => {
  const api = await testApi(t, { config: guarded() });
  await api.api.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect((api.api.server.address() as AddressInfo).port, "127.0.0.1");
  const body = JSON.stringify({ id: "late", name: "Late" });
  const { authorization } = bearer(tokenOf("admin"));
  socket.write(
    `POST /api/v1/flows HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: ${authorization}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  );
  await once(api.api.server, "request");
  await api.control.replace({ version: 2, ...guarded({}, { clients: [{ client_id: "other", client_secret: "x", role: "admin" }] }) });
  socket.write(body.slice(5));
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  await once(socket, "close");

  assert.match(text, /^HTTP\/1\.1 401 .*auth_token_invalid/s);
  assert.deepEqual(api.store.config.flows, []);
});

test("a broken flow is a flow in the metrics too", async (t) => {
  const api = await testApi(t, {
    config: {
      flows: [
        { id: "f", name: "F", output_ids: ["missing"] },
        { id: "g", name: "G" },
      ],
    },
  });

  const page = await api.api.inject({ url: "/metrics", headers: { host: "localhost" } });
  const health = await api.call("GET", "/health");

  assert.match(page.payload, /^bilbycast_edge_flows_total 2$/m);
  assert.equal(health.body["total_flows"], 2);
});

test("one who tries setup tokens is held up, even with the right one, and others are not", async (t) => {
  const api = await testApi(t, { config: { setup_token: "7" } });
  const attempt = async (token: string, remoteAddress = "192.0.2.9"): Promise<[number, string | undefined]> => {
    const headers = { host: "10.0.0.1:8080", "x-setup-token": token };
    const answer = await api.api.inject({ url: "/setup/status", headers, remoteAddress });
    return [answer.statusCode, answer.json<{ error_code?: string }>().error_code];
  };

  const tried: [number, string | undefined][] = [];
  for (let i = 0; i < 100; i++) {
    tried.push(await attempt(String(i + 100)));
  }

  assert.deepEqual(tried[0], [403, "setup_token_wrong"]);
  assert.deepEqual(tried.at(-1), [429, "auth_rate_limited"]);
  assert.deepEqual(await attempt("7"), [429, "auth_rate_limited"]);
  assert.deepEqual(await attempt("7", "192.0.2.10"), [200, undefined]);
});

/** A request that asks for another protocol, as some clients do with each. */
const askedBy = (host: string, upgrade: string): string =>
  `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`;

test("a client that would rather speak HTTP/2 is answered in HTTP/1.1", async (t) => {
  const { api } = await testApi(t);
  await api.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect((api.server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(askedBy("127.0.0.1", "h2c"));
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  await once(socket, "close");

  assert.match(text, /^HTTP\/1\.1 200 .*"status":"ok"/s);
});

test("a name of somebody else's domain that begins like this machine's is not this machine", async (t) => {
  const api = await testApi(t);
  const own = hostname().split(".")[0] ?? "";
  const called = async (host: string): Promise<number> => (await api.call("GET", "/health", undefined, { host })).status;

  const known = [hostname(), own, `${own}.local`, `${own}.lan`, "localhost", "edge.localhost", "[::1]:8080", "192.0.2.1"];
  for (const host of known) {
    assert.deepEqual([host, await called(host)], [host, 200]);
  }
  for (const host of [`${own}.evil.example`, `${own}.com`, "localhost.evil.example", `${own}.local.evil.example`, "evil.local"]) {
    assert.deepEqual([host, await called(host)], [host, 403]);
  }
});

for (const id of [".", "..", "\ud800", "a\udfff"]) {
  test(`an id that no address can name is refused: ${JSON.stringify(id)}`, async (t) => {
    const api = await testApi(t);

    const answer = await api.call("POST", "/api/v1/flows", { id, name: "F" });

    assert.deepEqual([...refusalOf(answer), answer.body.field], [400, "config_invalid", "id"]);
  });
}

for (const id of ["\u6f22".repeat(64), "\u{1f600}".repeat(32), "a/b?c#d%2e", "__proto__", "constructor", "\u0000\n\r", " "]) {
  test(`an id of any other characters is found again by its address: ${JSON.stringify(id).slice(0, 20)}`, async (t) => {
    const api = await testApi(t, { config: { inputs: [wireInput("a", 5000)] } });

    const made = await api.call("POST", "/api/v1/flows", { id, name: "F", input_ids: ["a"] });
    const read = await api.call("GET", `/api/v1/flows/${encodeURIComponent(id)}`);
    const stats = await api.call("GET", `/api/v1/stats/${encodeURIComponent(id)}`);
    const gone = await api.call("DELETE", `/api/v1/flows/${encodeURIComponent(id)}`);

    assert.deepEqual([made.status, read.status, stats.status, gone.status], [200, 200, 200, 200]);
    assert.equal((read.body.data as Fields)["id"], id);
  });
}

test("a number that JSON cannot hold is told as such", async (t) => {
  const api = await testApi(t);

  const answer = await api.call("POST", "/api/v1/inputs", `{"type":"wire","id":"a","name":"A","bind_addr":"127.0.0.1:5000","limit":1e999}`);

  assert.deepEqual([...refusalOf(answer), answer.body.error], [400, "config_invalid", "limit must be a number, not one without end"]);
});

/** Documents of nearly a megabyte in which everything is wrong. */
const ALL_WRONG: Readonly<Record<string, Fields>> = {
  "the same id": { flows: Array.from({ length: 14_000 }, () => ({ id: "a", name: "n", input_ids: ["x"] })) },
  "the same port": { inputs: Array.from({ length: 9_000 }, (_, i) => wireInput(`i${i}`, 5000)) },
  "inputs inside of flows": {
    version: 1,
    flows: Array.from({ length: 9_000 }, () => ({ id: "a", name: "n", input: { type: "wire", id: "x", bind_addr: "x" } })),
  },
  "references without end": { flows: [{ id: "a", name: "n", input_ids: Array.from({ length: 150_000 }, () => "a") }] },
  "outputs inside of a flow without end": {
    version: 1,
    flows: [{ id: "a", name: "n", outputs: Array.from({ length: 130_000 }, () => 0) }],
  },
  "members without end": {
    flow_groups: Array.from({ length: 100 }, (_, i) => ({
      id: `g${i}`,
      name: "n",
      flow_ids: Array.from({ length: 1_000 }, (_, j) => `f${j}`),
    })),
  },
};

for (const [what, document] of Object.entries(ALL_WRONG)) {
  test(`a megabyte with ${what} is refused with the first thousand problems`, async (t) => {
    const api = await testApi(t);

    const answer = await api.call("PUT", "/api/v1/config", { version: 2, ...document });

    assert.deepEqual(refusalOf(answer), [400, "config_invalid"]);
    assert.equal((answer.body["problems"] as unknown[]).length, 1_000);
    assert.match(String(answer.body.error), /\(and \d{4,} more\)$/);
  });
}
