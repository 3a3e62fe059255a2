import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { exportSPKI, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { readSettings } from "../src/settings/settings.ts";
import { TestClient } from "./test-client.ts";
import { addPerson, KEYS, PASSWORD, testManager, type TestManager } from "./test-manager.ts";

let manager: TestManager;

before(async () => {
  manager = await testManager();
  for (const name of ["ada", "bob", "cyd"]) {
    await addPerson(manager.database, name, { grp_default: "admin" });
  }
});

const login = (client: TestClient, headers: Record<string, string> = {}): ReturnType<TestClient["post"]> =>
  client.post("/auth/login", { username: "ada", password: PASSWORD }, headers);
const cookiesOf = ({ headers }: Awaited<ReturnType<typeof login>>): Map<string, string[]> =>
  new Map(headers.getSetCookie().map((line) => [line.split("=")[0] ?? "", line.split("; ").slice(1).toSorted()]));
const codeOf = ({ status, body }: Awaited<ReturnType<typeof login>>): unknown[] => [status, body["error_code"]];

test("the session's cookie is for HTTP alone, both are for this site, and neither ever goes over plain HTTP where there is TLS", async () => {
  const plain = cookiesOf(await login(new TestClient(manager.base)));
  const secure = await testManager({
    settings: readSettings({ listen_port: 0, tls_mode: "behind_proxy", public_url: "https://manager.example" }, {}, "/nowhere"),
  });
  await addPerson(secure.database, "ada");
  const overTls = cookiesOf(await login(new TestClient(secure.base)));

  assert.deepEqual(plain.get("session"), ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Lax"]);
  assert.deepEqual(plain.get("csrf_token"), ["Max-Age=86400", "Path=/", "SameSite=Lax"]);
  assert.deepEqual(overTls.get("session"), ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Lax", "Secure"]);
  assert.deepEqual(overTls.get("csrf_token"), ["Max-Age=86400", "Path=/", "SameSite=Lax", "Secure"]);
});

test("who speaks TLS itself has browsers come over TLS from then on, in every answer", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-tls-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const secure = await testManager({ settings: readSettings({ listen_port: 0, listen_addrs: ["127.0.0.1"] }, {}, folder) });
  for (const path of ["/api/v1/nodes", "/health/live", "/no/such/thing", "/"]) {
    const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      get({ port: secure.port, host: "127.0.0.1", path, rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(response.headers);
      }).once("error", reject);
    });
    assert.equal(headers["strict-transport-security"], "max-age=63072000; includeSubDomains", path);
  }
});

test("a session that somebody brings along to the login is not the one that they get", async () => {
  const client = new TestClient(manager.base);
  client.cookies.set("session", "chosen-by-somebody-else").set("csrf_token", "chosen-too");
  await login(client);
  const first = client.cookies.get("session");
  const again = await login(client);
  const second = client.cookies.get("session");

  assert.equal(again.status, 200);
  assert.notEqual(first, "chosen-by-somebody-else");
  assert.notEqual(second, first);
});

test("the token of a session is in its cookie and in no body", async () => {
  const client = new TestClient(manager.base);
  const { bytes } = await login(client);
  const session = client.cookies.get("session") ?? assert.fail();

  assert.ok(!bytes.toString().includes(session));
});

test("a change without the session's CSRF token, with another one's, or with the cookie's own claim alone, is refused", async () => {
  const ada = await TestClient.loggedIn(manager, "ada");
  const bob = await TestClient.loggedIn(manager, "bob");
  const change = (csrf: string, more: Record<string, string> = {}): ReturnType<typeof login> =>
    ada.put("/auth/me", { display_name: "Ada", email: null }, { "x-csrf-token": csrf, ...more });
  const session = ada.cookies.get("session") ?? "";

  for (const csrf of ["", "0".repeat(64), bob.csrf, `${ada.csrf}0`, ada.csrf.slice(1)]) {
    assert.deepEqual([csrf, ...codeOf(await change(csrf))], [csrf, 403, "csrf_refused"]);
  }
  // A neighbouring site can plant cookies (tossing); the server does not ask the cookie what the token is.
  const tossed = await change("planted", { cookie: `session=${session}; csrf_token=planted` });
  assert.deepEqual(codeOf(tossed), [403, "csrf_refused"]);
  assert.equal((await change(ada.csrf)).status, 200);
});

test("a change that a page of another site makes is refused, whatever it carries; so is a login", async () => {
  const ada = await TestClient.loggedIn(manager, "ada");
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "not an address" },
  ];
  const own: Record<string, string>[] = [{ "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }, { origin: manager.base }];

  for (const headers of foreign) {
    const changed = await ada.put("/auth/me", { display_name: "Ada", email: null }, headers);
    const entered = await login(new TestClient(manager.base), headers);
    assert.deepEqual([headers, ...codeOf(changed), ...codeOf(entered)], [headers, 403, "csrf_refused", 403, "csrf_refused"]);
  }
  for (const headers of own) {
    assert.equal((await ada.put("/auth/me", { display_name: "Ada", email: null }, headers)).status, 200, JSON.stringify(headers));
  }
});

test("forms, plain text and files, which a page of another site can send unasked, are no requests", async () => {
  const ada = await TestClient.loggedIn(manager, "ada");
  for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "application/json+x", ""]) {
    const body = '{"display_name":"Ada","email":null}';
    const answer = await ada.put("/auth/me", body, { "content-type": type });
    assert.deepEqual([type, ...codeOf(answer)], [type, 415, "request_media_type"]);
  }
});

test("a read that carries everything but comes from another site is answered without leave for that site to look at it", async () => {
  const ada = await TestClient.loggedIn(manager, "ada");
  const answer = await ada.get("/auth/me", { origin: "https://evil.example", "sec-fetch-site": "cross-site" });

  assert.deepEqual(
    [...answer.headers.keys()].filter((name) => name.startsWith("access-control")),
    [],
  );
  assert.equal(answer.headers.get("cross-origin-resource-policy"), "same-origin");
});

/** A token of ada's session, or one that somebody made up. */
const tokens = async (): Promise<Record<string, string>> => {
  const client = await TestClient.loggedIn(manager, "ada");
  const real = client.cookies.get("session") ?? "";
  const [head = "", body = "", signature = ""] = real.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as JWTPayload & {
    jti: string;
    sub: string;
    iss: string;
    exp: number;
  };
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const sign = (changes: JWTPayload, key: Uint8Array = KEYS.jwtSecret, alg = "HS256"): Promise<string> =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg }).sign(key);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const byPublicKey = createHmac("sha256", await exportSPKI(publicKey))
    .update(`${encode({ alg: "HS256" })}.${body}`)
    .digest("base64url");
  return {
    "without a signature": new UnsecuredJWT(claims).encode(),
    "alg none in capitals": `${encode({ alg: "NONE" })}.${body}.`,
    "the signature cut off": `${head}.${body}.`,
    "another body under the signature": `${head}.${encode({ ...claims, sub: randomUUID() })}.${signature}`,
    "another key": await sign({}, new Uint8Array(32)),
    "the master key": await sign({}, KEYS.masterKey),
    "an RSA signature": await new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(privateKey),
    "the public key as a shared one": `${encode({ alg: "HS256" })}.${body}.${byPublicKey}`,
    "a longer hash": await sign({}, new Uint8Array(Buffer.concat([KEYS.jwtSecret, KEYS.jwtSecret])), "HS512"),
    "another issuer": await sign({ iss: "somebody" }),
    "over since a minute": await sign({ exp: Math.floor(Date.now() / 1_000) - 60 }),
    "without an end": await sign({ exp: undefined as unknown as number }),
    "without a session": await sign({ jti: undefined as unknown as string }),
    "a session that is not there": await sign({ jti: randomUUID() }),
    "a session that is no id": await sign({ jti: "' or 1=1 --" }),
    nothing: "",
    "three dots": "..",
    "very long": `${head}.${body}.${"A".repeat(3_000)}`,
  };
};

test("a token that we have not made, or made otherwise, is none", async () => {
  for (const [what, token] of Object.entries(await tokens())) {
    const [byCookie, byHeader] = [new TestClient(manager.base), new TestClient(manager.base)];
    byCookie.cookies.set("session", token);
    byHeader.bearer = token === "" ? "x" : token;
    const answers = [await byCookie.get("/auth/me"), await byHeader.get("/auth/me")];
    assert.deepEqual([what, ...answers.map(({ status }) => status)], [what, 401, 401]);
  }
  assert.deepEqual(
    manager.lines.filter((line) => /"level":(50|60)/.test(line)),
    [],
  );
});

test("who a session is of is what the database says, not what its token says", async () => {
  const [ada, bob] = [await TestClient.loggedIn(manager, "ada"), await TestClient.loggedIn(manager, "bob")];
  const claimsOf = (client: TestClient): JWTPayload =>
    JSON.parse(Buffer.from((client.cookies.get("session") ?? "").split(".")[1] ?? "", "base64url").toString()) as JWTPayload;
  const mixed = await new SignJWT({ ...claimsOf(ada), jti: claimsOf(bob).jti ?? "", role: "super_admin" })
    .setProtectedHeader({ alg: "HS256" })
    .sign(KEYS.jwtSecret);
  const client = new TestClient(manager.base);
  client.cookies.set("session", mixed);
  const { body } = await client.get("/auth/me");

  assert.deepEqual([body["username"], body["platform_role"]], ["bob", "user"]);
});

test("a session is over at once when it is logged out, revoked, or its person gets another password or is disabled", async () => {
  const root = await addPerson(manager.database, "boss", {}, "super_admin").then(() => TestClient.loggedIn(manager, "boss"));
  const cyd = (): Promise<TestClient> => TestClient.loggedIn(manager, "cyd");
  const id = (await (await cyd()).get("/auth/me")).body["id"] as string;
  const ends: Record<string, (client: TestClient) => Promise<unknown>> = {
    logout: (client) => client.post("/auth/logout"),
    revoke: async (client) => {
      const { sessions } = (await client.get("/auth/sessions")).body as { sessions: { id: string; is_own: boolean }[] };
      await client.delete(`/auth/sessions/${sessions.find(({ is_own: own }) => own)?.id ?? ""}`);
    },
    "their own new password": async () => {
      const other = await cyd();
      await other.post("/auth/change-password", { current_password: PASSWORD, new_password: PASSWORD });
    },
    "disabled by an admin": () =>
      root.put(`/users/${id}`, { display_name: "Cyd", email: null, is_active: false, is_temporary: false, expires_at: null }),
  };
  for (const [how, end] of Object.entries(ends)) {
    const client = await cyd();
    const token = client.cookies.get("session") ?? "";
    assert.equal((await client.get("/auth/me")).status, 200);
    await end(client);
    const thief = new TestClient(manager.base);
    thief.cookies.set("session", token);
    assert.deepEqual([how, (await thief.get("/auth/me")).status], [how, 401]);
  }
});
