import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressBuckets } from "../src/auth/token-bucket.ts";
import { bearer, forgedToken, guarded, JWT_SECRET, tokenOf } from "./api-clients.ts";
import { testApi, type TestApi } from "./test-api.ts";

const BOSS = { grant_type: "client_credentials", client_id: "boss", client_secret: "boss-secret" };
const now = Math.floor(Date.now() / 1_000);

const askFor = (api: TestApi, body: unknown) => api.call("POST", "/oauth/token", body);

test("a client exchanges its secret for a token that opens what its role may do", async (t) => {
  const api = await testApi(t, { config: guarded() });

  const boss = await askFor(api, BOSS);
  const wall = await askFor(api, { ...BOSS, client_id: "wall", client_secret: "wall-secret" });

  assert.equal(boss.status, 200);
  assert.deepEqual({ ...boss.body, access_token: "" }, { access_token: "", token_type: "bearer", expires_in: 3600, role: "admin" });
  assert.equal(wall.body["role"], "monitor");
  const asBoss = bearer(String(boss.body["access_token"]));
  const asWall = bearer(String(wall.body["access_token"]));
  assert.equal((await api.call("GET", "/api/v1/flows", undefined, asWall)).status, 200);
  assert.equal((await api.call("POST", "/api/v1/flows", { id: "f", name: "F" }, asWall)).status, 403);
  assert.equal((await api.call("POST", "/api/v1/flows", { id: "f", name: "F" }, asBoss)).status, 200);
});

test("the token endpoint takes a form as well, and its answer is not for caches", async (t) => {
  const api = await testApi(t, { config: guarded() });

  const answer = await api.api.inject({
    method: "POST",
    url: "/oauth/token",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams(BOSS).toString(),
  });

  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers["cache-control"], "no-store");
});

test("no other route takes a form, which any page of any site could send", async (t) => {
  const api = await testApi(t);

  const answer = await api.call("POST", "/api/v1/flows", "id=f&name=F", { "content-type": "application/x-www-form-urlencoded" });

  assert.deepEqual([answer.status, answer.body.error_code], [415, "request_media_type"]);
});

/** Requests for a token that are refused: what is wrong, body, code. */
const refusedClients: [string, unknown, string][] = [
  ["a wrong secret", { ...BOSS, client_secret: "boss-secre" }, "auth_client_refused"],
  ["the secret of another client", { ...BOSS, client_secret: "wall-secret" }, "auth_client_refused"],
  ["an unknown client", { ...BOSS, client_id: "nobody" }, "auth_client_refused"],
  ["another grant", { ...BOSS, grant_type: "password" }, "request_malformed"],
  ["a secret that is a list", { ...BOSS, client_secret: ["boss-secret"] }, "request_malformed"],
  ["no client", { grant_type: "client_credentials" }, "request_malformed"],
];

for (const [name, body, code] of refusedClients) {
  test(`${name} gets no token, and the answer repeats no secret`, async (t) => {
    const api = await testApi(t, { config: guarded() });

    const answer = await askFor(api, body);

    assert.deepEqual([answer.status, answer.body.error_code], [400, code]);
    assert.doesNotMatch(JSON.stringify(answer.body), /-secret/);
  });
}

test("an edge without authentication gives no tokens and asks for none", async (t) => {
  const api = await testApi(t);

  assert.equal((await askFor(api, BOSS)).body.error_code, "auth_not_enabled");
  assert.equal((await api.call("GET", "/api/v1/flows")).status, 200);
});

test("the eleventh token in a minute is refused with the time to wait, and another address gets its own", async (t) => {
  const api = await testApi(t, { config: guarded() });
  const ask = (remoteAddress: string) =>
    api.api.inject({ method: "POST", url: "/oauth/token", remoteAddress, payload: { ...BOSS, client_secret: "guess" } });
  for (let i = 0; i < 10; i++) {
    assert.equal((await ask("10.0.0.1")).statusCode, 400);
  }

  const eleventh = await ask("10.0.0.1");

  assert.equal(eleventh.statusCode, 429);
  assert.ok(Number(eleventh.headers["retry-after"]) > 0);
  assert.equal(eleventh.json<{ error_code: string }>().error_code, "auth_rate_limited");
  assert.equal((await ask("10.0.0.2")).statusCode, 400);
});

test("the configured rate holds in place of the usual one", async (t) => {
  const api = await testApi(t, { config: guarded({}, { token_rate_limit_per_minute: 1 }) });

  assert.equal((await askFor(api, BOSS)).status, 200);
  assert.equal((await askFor(api, BOSS)).status, 429);
});

test("a bucket fills evenly, holds no more than a minute's worth, and forgets the address that asked longest ago", () => {
  const buckets = new AddressBuckets(2);

  assert.equal(buckets.take("a", 2, 0), 0);
  assert.equal(buckets.take("a", 2, 0), 0);
  assert.equal(buckets.take("a", 2, 0), 30_000);
  assert.equal(buckets.take("a", 2, 30_000), 0);
  assert.equal(buckets.take("a", 2, 30_000), 30_000);
  buckets.take("b", 2, 30_000);
  buckets.take("c", 2, 30_000);
  assert.equal(buckets.take("a", 2, 30_000), 0);
});

test("all addresses of one IPv6 network share a bucket, in whatever spelling", () => {
  const buckets = new AddressBuckets();

  assert.equal(buckets.take("2001:db8:0:1::1", 1, 0), 0);
  assert.ok(buckets.take("2001:db8:0:1:ffff::2", 1, 0) > 0);
  assert.equal(buckets.take("2001:db8::2:0:0:0:1", 1, 0), 0);
  assert.equal(buckets.take("::1", 1, 0), 0);
});

/** Tokens that no edge gave: what was tried, token, code. */
const attacks: [string, string, string][] = [
  ["alg none without a signature", forgedToken({ header: { alg: "none", typ: "JWT" } }).replace(/[^.]+$/, ""), "auth_token_invalid"],
  ["alg none with our signature", forgedToken({ header: { alg: "none", typ: "JWT" } }), "auth_token_invalid"],
  ["alg None in another case", forgedToken({ header: { alg: "nOnE", typ: "JWT" } }), "auth_token_invalid"],
  ["another HMAC under the right secret", forgedToken({ header: { alg: "HS512", typ: "JWT" }, hash: "sha512" }), "auth_token_invalid"],
  ["RS256 named over an HMAC signature", forgedToken({ header: { alg: "RS256", typ: "JWT" } }), "auth_token_invalid"],
  ["a header that brings its own key", forgedToken({ header: { alg: "HS256", typ: "JWT", jwk: { k: "x" } } }), "auth_token_invalid"],
  ["a header with a key id that is a path", forgedToken({ header: { alg: "HS256", typ: "JWT", kid: "/dev/null" } }), "auth_token_invalid"],
  ["another secret", forgedToken({ secret: "another-secret-of-thirty-two-chars-" }), "auth_token_invalid"],
  ["an empty secret", forgedToken({ secret: "" }), "auth_token_invalid"],
  ["another issuer", forgedToken({ claims: { iss: "bilbycast-manager" } }), "auth_token_invalid"],
  ["no issuer", forgedToken({ claims: { iss: undefined } }), "auth_token_invalid"],
  ["a role that does not exist", forgedToken({ claims: { role: "root" } }), "auth_token_invalid"],
  ["no end", forgedToken({ claims: { exp: undefined } }), "auth_token_invalid"],
  ["an end that is text", forgedToken({ claims: { exp: "9999999999" } }), "auth_token_invalid"],
  ["an end that has passed", forgedToken({ claims: { exp: now - 1 } }), "auth_token_expired"],
  ["claims that were changed behind the signature", swapClaims(tokenOf("monitor"), tokenOf("admin")), "auth_token_invalid"],
  ["a signature that is cut short", tokenOf("admin").slice(0, -4), "auth_token_invalid"],
  ["the same signature in another spelling", `${tokenOf("admin")}=`, "auth_token_invalid"],
  ["a fourth part", `${tokenOf("admin")}.e30`, "auth_token_invalid"],
  ["two parts", tokenOf("admin").replace(/\.[^.]+$/, ""), "auth_token_invalid"],
  ["something that is no JSON", "a.b.c", "auth_token_invalid"],
  ["a megabyte of dots", ".".repeat(12_000), "auth_token_invalid"],
  ["nothing", "", "auth_token_invalid"],
];

function swapClaims(token: string, other: string): string {
  const [header, , signature] = token.split(".");
  return `${header}.${other.split(".")[1]}.${signature}`;
}

for (const [name, token, code] of attacks) {
  test(`a token with ${name} opens nothing`, async (t) => {
    const api = await testApi(t, { config: guarded() });

    const answer = await api.call("GET", "/api/v1/flows", undefined, bearer(token));

    assert.deepEqual([answer.status, answer.body.error_code], [401, code]);
    assert.ok(token === "" || !JSON.stringify(answer.body).includes(token));
  });
}

test("a token that is right in every part opens, so that the attacks fail for their own reasons", async (t) => {
  const api = await testApi(t, { config: guarded() });

  assert.equal((await api.call("GET", "/api/v1/flows", undefined, bearer(forgedToken({})))).status, 200);
});

test("a token in the URL, another scheme and a bare token count as none", async (t) => {
  const api = await testApi(t, { config: guarded() });
  const token = tokenOf("admin");

  const inUrl = await api.call("GET", `/api/v1/flows?token=${token}&access_token=${token}`);

  assert.deepEqual([inUrl.status, inUrl.body.error], [401, "missing Authorization header"]);
  assert.equal((await api.call("GET", "/api/v1/flows", undefined, { authorization: `Basic ${token}` })).status, 401);
  assert.equal((await api.call("GET", "/api/v1/flows", undefined, { authorization: token })).status, 401);
});

test("authentication that is switched on is asked for at once, and a new secret ends every token", async (t) => {
  const api = await testApi(t);
  const config = { version: 2, ...guarded() };
  assert.equal((await api.call("PUT", "/api/v1/config", config)).status, 200);

  assert.equal((await api.call("GET", "/api/v1/flows")).status, 401);
  assert.equal((await api.call("GET", "/api/v1/flows", undefined, bearer(tokenOf("monitor")))).status, 200);
  const other = { version: 2, ...guarded({}, { jwt_secret: JWT_SECRET.toUpperCase() }) };
  assert.equal((await api.call("PUT", "/api/v1/config", other, bearer(tokenOf("admin")))).status, 200);
  assert.equal((await api.call("GET", "/api/v1/flows", undefined, bearer(tokenOf("monitor")))).status, 401);
});

test("a configuration that is read shows no credential of the edge, and putting it back keeps them", async (t) => {
  const api = await testApi(t, { config: guarded({ setup_token: "a-token-of-my-own" }) });
  const asBoss = bearer(tokenOf("admin"));

  const read = await api.call("GET", "/api/v1/config", undefined, asBoss);
  const text = JSON.stringify(read.body);
  assert.doesNotMatch(text, /jwt_secret|client_secret|boss|a-token-of-my-own/);
  const put = await api.call("PUT", "/api/v1/config", read.body.data, asBoss);

  assert.equal(put.status, 200, JSON.stringify(put.body));
  assert.equal(api.store.config.server.auth?.jwt_secret, JWT_SECRET);
  assert.equal(api.store.config.setup_token, "a-token-of-my-own");
  assert.equal((await api.call("GET", "/api/v1/flows")).status, 401);
});
