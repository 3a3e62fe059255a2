import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { guarded } from "./api-clients.ts";
import { testApi, type TestApi } from "./test-api.ts";

const URL_OF_MANAGER = "wss://manager.example:8443/ws/node";

type Fields = Record<string, unknown>;

/** Calls from another machine unless told otherwise. */
const from = async (
  api: TestApi,
  method: "GET" | "POST",
  url: string,
  headers: Record<string, string> = {},
  remoteAddress = "10.0.0.9",
) => {
  const answer = await api.api.inject({
    method,
    url,
    remoteAddress,
    headers: { host: "10.0.0.1:8080", ...headers },
    ...(method === "POST" ? { payload: { manager_url: URL_OF_MANAGER } } : {}),
  });
  return { status: answer.statusCode, body: answer.json<Fields>() };
};

test("the setup tells what is set up, and saves what it is given", async (t) => {
  const api = await testApi(t);

  const before = await api.call("GET", "/setup/status");
  const saved = await api.call("POST", "/setup", {
    manager_url: URL_OF_MANAGER,
    registration_token: "one-time-token",
    device_name: "Studio 1",
    listen_addr: "127.0.0.1",
    listen_port: 8081,
  });
  const after = await api.call("GET", "/setup/status");

  const status = { listen_addr: "127.0.0.1", manager_url: null, accept_self_signed_cert: false, registration_token: null };
  assert.deepEqual(before.body, { ...status, listen_port: 8080, device_name: null, setup_enabled: true });
  assert.equal(saved.status, 200, JSON.stringify(saved.body));
  assert.equal(saved.body["success"], true);
  assert.match(String(saved.body["message"]), /started again/);
  assert.deepEqual(after.body, { ...status, listen_port: 8081, manager_url: URL_OF_MANAGER, device_name: "Studio 1", setup_enabled: true });
  const { manager } = api.store.config;
  assert.deepEqual([manager?.enabled, manager?.urls, manager?.registration_token], [true, [URL_OF_MANAGER], "one-time-token"]);
  assert.equal((JSON.parse(readFileSync(api.path, "utf8")) as Fields)["device_name"], "Studio 1");
});

test("what is left out stays as it was", async (t) => {
  const api = await testApi(t, { config: { device_name: "Old", manager: { enabled: false, urls: [], node_id: "n-1" } } });

  await api.call("POST", "/setup", { manager_url: URL_OF_MANAGER });

  assert.equal(api.store.config.device_name, "Old");
  assert.equal(api.store.config.manager?.node_id, "n-1");
});

/** Bodies that are refused: what is wrong, body, field. */
const refused: [string, Fields, string][] = [
  ["no manager", { device_name: "x" }, "manager_url"],
  ["a manager without TLS", { manager_url: "ws://manager.example/ws" }, "manager_url"],
  ["a URL that is too long", { manager_url: `wss://${"m".repeat(2048)}` }, "manager_url"],
  ["a token that is too long", { manager_url: URL_OF_MANAGER, registration_token: "t".repeat(4097) }, "registration_token"],
  ["a name that is too long", { manager_url: URL_OF_MANAGER, device_name: "n".repeat(257) }, "device_name"],
  ["an address that is none", { manager_url: URL_OF_MANAGER, listen_addr: "studio" }, "listen_addr"],
  ["a port that is none", { manager_url: URL_OF_MANAGER, listen_port: 0 }, "listen_port"],
];

for (const [name, body, field] of refused) {
  test(`a setup with ${name} is refused and changes nothing`, async (t) => {
    const api = await testApi(t);
    const former = api.store.config;

    const answer = await api.call("POST", "/setup", body);

    assert.deepEqual([answer.status, answer.body.field], [400, field], JSON.stringify(answer.body));
    assert.equal(api.store.config, former);
    assert.doesNotMatch(JSON.stringify(answer.body), /tttttt/);
  });
}

test("a setup that is switched off is closed to everybody", async (t) => {
  const api = await testApi(t, { config: { setup_enabled: false } });

  for (const [method, url] of [
    ["GET", "/setup"],
    ["GET", "/setup/status"],
    ["POST", "/setup"],
  ] as const) {
    const answer = await api.call(method, url, method === "POST" ? { manager_url: URL_OF_MANAGER } : undefined);
    assert.deepEqual([answer.status, answer.body.error_code], [403, "setup_disabled"], url);
  }
  assert.equal(api.store.config.manager, undefined);
});

test("from another machine the setup asks for the token that was printed, with authentication and without", async (t) => {
  for (const config of [{}, guarded()]) {
    const api = await testApi(t, { config });
    const token = { "x-setup-token": api.setupToken };

    assert.match(api.setupToken, /^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
    for (const headers of [{}, { "x-setup-token": "" }, { "x-setup-token": `${api.setupToken}x` }] as Record<string, string>[]) {
      assert.deepEqual((await from(api, "GET", "/setup/status", headers)).body["error_code"], "setup_token_wrong");
      assert.deepEqual((await from(api, "POST", "/setup", headers)).status, 403);
    }
    assert.equal(api.store.config.manager, undefined);
    assert.equal((await from(api, "GET", "/setup/status", token)).status, 200);
    assert.equal((await from(api, "POST", "/setup", token)).status, 200);
  }
});

test("the token in the URL does not count", async (t) => {
  const api = await testApi(t);

  assert.equal((await from(api, "GET", `/setup/status?setup_token=${api.setupToken}`)).status, 403);
});

test("a token of the configuration takes the place of the one that would be printed", async (t) => {
  const api = await testApi(t, { config: { setup_token: "chosen-by-hand" } });

  assert.equal(api.setupToken, "");
  assert.equal((await from(api, "GET", "/setup/status", { "x-setup-token": "chosen-by-hand" })).status, 200);
});

test("who comes through a proxy of this machine is not at this machine", async (t) => {
  const api = await testApi(t);

  const answer = await from(api, "GET", "/setup/status", { "x-forwarded-for": "203.0.113.9" }, "127.0.0.1");

  assert.equal(answer.status, 403);
});

test("a page of another site cannot set up the edge of whoever looks at it, authentication or not", async (t) => {
  for (const config of [{}, guarded()]) {
    const api = await testApi(t, { config });
    const body = { manager_url: "wss://evil.example/ws" };

    const origin = await api.call("POST", "/setup", body, { origin: "http://evil.example" });
    const rebound = await api.call("POST", "/setup", body, { host: "evil.example", origin: "http://evil.example" });

    assert.deepEqual([origin.body.error_code, rebound.body.error_code], ["origin_refused", "origin_refused"]);
    assert.equal(api.store.config.manager, undefined);
  }
});

test("the page carries its policy: nothing runs and nothing is loaded but what stands in it", async (t) => {
  for (const [monitor, url] of [
    [false, "/setup"],
    [true, "/"],
  ] as const) {
    const { api } = await testApi(t, { monitor });

    const page = await api.inject({ url, headers: { host: "localhost" } });

    const policy = String(page.headers["content-security-policy"]);
    assert.match(String(page.headers["content-type"]), /^text\/html/);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'sha256-[^']+';/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(page.body, /\b(src|href)=|@import|url\(|\son\w+=|style=/);
  }
});
