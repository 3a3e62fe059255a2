import assert from "node:assert/strict";
import { before, test } from "node:test";
import { SERVER_LIMITS } from "@bilbycast/service/http";
import { httpServer } from "../src/http/server.ts";
import { openLog } from "../src/log.ts";
import { rawAnswer } from "./raw-connection.ts";
import { TestClient, type Answer } from "./test-client.ts";
import { addPerson, testManager, type TestManager } from "./test-manager.ts";

let manager: TestManager;
let root: TestClient;

before(async () => {
  manager = await testManager();
  await addPerson(manager.database, "root", { grp_default: "admin" }, "super_admin");
  root = await TestClient.loggedIn(manager, "root");
});

const HEADERS = ["x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy", "cross-origin-resource-policy"];

const json = { "content-type": "application/json" };

test("answers of every kind have the headers that keep browsers from making more of them", async () => {
  const answers: Record<string, Answer> = {
    page: await root.ask("GET", "/../../"),
    list: await root.get("/nodes"),
    csv: await root.get("/audit-log/export"),
    nothing: await root.delete("/preferences/theme"),
    absent: await root.get("/nodes/00000000-0000-4000-8000-000000000000"),
    noRoute: await root.get("/no/such/thing"),
    unknown: await new TestClient(manager.base).get("/nodes"),
    malformed: await root.post("/groups", "{", json),
    tooLarge: await root.post("/groups", `"${"x".repeat(70_000)}"`, json),
    wrongType: await root.post("/groups", "a=b", { "content-type": "application/x-www-form-urlencoded" }),
    badAddress: await root.get("/nodes/%E0%A4%A"),
    health: await root.get("/health"),
    live: await root.get("/health/live"),
    description: await root.get("/openapi.json"),
  };
  for (const [kind, { headers }] of Object.entries(answers)) {
    for (const name of HEADERS) {
      assert.ok(headers.has(name), `${kind} has no ${name}`);
    }
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(headers.get("content-security-policy") ?? "", /unsafe/);
    assert.equal(headers.get("strict-transport-security"), null, `${kind}: only who speaks TLS may promise it`);
    assert.equal(headers.get("x-powered-by") ?? headers.get("server"), null);
  }
  for (const kind of ["list", "absent", "noRoute", "unknown", "malformed"]) {
    assert.equal(answers[kind]?.headers.get("cache-control"), "no-store", kind);
  }
});

test("what is no HTTP, or smuggles one request in another, is answered once, with the same headers, and the connection ends", async () => {
  const host = "Host: x";
  const smuggled = "GET /api/v1/nodes HTTP/1.1\r\nHost: x\r\n\r\n";
  const requests: Record<string, string> = {
    "two lengths": `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n${smuggled}`,
    "a length and pieces": `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "pieces misspelt": `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "a blank before the colon": `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nContent-Length : 5\r\n\r\nhello${smuggled}`,
    "a folded header": `GET /health/live HTTP/1.1\r\n${host}\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n`,
    "a bare line feed": "GET /health/live HTTP/1.1\nHost: x\nX-A: b\n\n",
    "a NUL in a header": `GET /health/live HTTP/1.1\r\n${host}\r\nX-A: a\0b\r\n\r\n`,
    "no method of any kind": "SMUGGLE / HTTP/1.1\r\nHost: x\r\n\r\n",
    "headers without end": `GET /health/live HTTP/1.1\r\n${host}\r\nX-A: ${"x".repeat(100_000)}\r\n\r\n`,
    "a negative length": `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nContent-Length: -1\r\n\r\n`,
    "pieces of no size": `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    TLS: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  };
  for (const [what, request] of Object.entries(requests)) {
    const text = await rawAnswer(manager.port, Buffer.from(request, "latin1"), true);
    assert.match(text, /^HTTP\/1\.1 4\d\d /, what);
    assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1, `${what}: ${text}`);
    assert.match(text, /\r\nx-content-type-options: nosniff\r\n/i, what);
    assert.match(text, /"error_code":"[a-z_]+"/, what);
  }
});

test("headers, methods and addresses that make no sense change nothing", async () => {
  const requests: [method: string, path: string, headers: Record<string, string>, status: number][] = [
    ["GET", "/groups", { host: "evil.example" }, 200],
    ["GET", "/groups", { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" }, 200],
    ["GET", "/groups", { "x-http-method-override": "DELETE" }, 200],
    ["GET", "/groups", { "x-original-url": "/api/v1/settings", "x-rewrite-url": "/api/v1/settings" }, 200],
    ["GET", "/groups/", {}, 400],
    ["GET", "//groups", {}, 404],
    ["GET", "/Groups", {}, 404],
    ["PATCH", "/groups", {}, 404],
    ["GET", "/groups/..%2f..%2f..%2fetc%2fpasswd", {}, 400],
    ["GET", "/nodes/..%00/stats", {}, 404],
    ["GET", `/nodes/${"a".repeat(300)}`, {}, 400],
  ];
  for (const [method, path, headers, status] of requests) {
    const answer = await root.ask(method, path, undefined, headers);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(headers)}: ${answer.bytes.toString()}`);
    assert.doesNotMatch(answer.bytes.toString(), /root:|evil\.example/);
  }
});

test("files that are not the console's are not served, however their name is spelt", async () => {
  for (const path of [
    "/../package.json",
    "/..%2fpackage.json",
    "/%2e%2e/package.json",
    "/assets/../../package.json",
    "/.env",
    "/assets/%2e%2e%2f%2e%2e%2fsrc/main.ts",
  ]) {
    const text = await rawAnswer(manager.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.1 (4\d\d|503)/, path);
    assert.doesNotMatch(text, /@bilbycast|import /);
  }
});

test("what a request names stands in no header of the answer", async () => {
  const client = await TestClient.loggedIn(manager, "root");
  for (const path of ["/nodes/x%0d%0aX-Injected:%201", "/preferences/theme%0d%0aSet-Cookie:%20a=b", "/no%0d%0aX-Injected:%201"]) {
    const { headers } = await client.get(path);
    assert.equal(headers.get("x-injected"), null);
    assert.deepEqual(headers.getSetCookie(), []);
  }
});

test("JSON that is deep, huge, ambiguous or poisoned is refused, or is data and nothing else", async () => {
  const nested = "[".repeat(100_000) + "]".repeat(100_000);
  const group = (name: string): string => `{"slug":"s-${Math.random().toString(36).slice(2)}","name":${name}}`;
  const cases: [body: string, status: number][] = [
    [nested.slice(0, 60_000), 400],
    ['{"value":' + "[".repeat(65) + "]".repeat(65) + "}", 400],
    [`{"__proto__":{"slug":"polluted","name":"P"}}`, 400],
    [`{"constructor":{"prototype":{"slug":"polluted"}}}`, 400],
    ['{"slug":"a","name":"b"', 400],
    ['{"slug":"a","name":"b"}{"slug":"c"}', 400],
    ["NaN", 400],
    ["", 400],
    ['{"slug":"nul","name":"a\\u0000b"}', 400],
    ['{"slug":"bidi","name":"a\\u202eb"}', 400],
    ['{"slug":"mark","name":"a\\u061cb"}', 400],
    ['{"slug":"line","name":"a\\nb"}', 400],
    ['{"slug":"big","name":"a","max_nodes":1e999}', 400],
    ['{"slug":"float","name":"a","max_nodes":1.5}', 400],
    [`{"slug":"long","name":"${"x".repeat(129)}"}`, 400],
    [group('"first","name":"second"'), 201],
    [group('"half a pair \\ud800"'), 201],
  ];
  for (const [body, status] of cases) {
    const answer = await root.post("/groups", body, json);
    assert.equal(answer.status, status, `${body.slice(0, 80)}: ${answer.bytes.toString().slice(0, 300)}`);
  }
  assert.equal(({} as Record<string, unknown>)["slug"], undefined);
  const { body } = await root.get("/groups");
  const names = new Set((body["groups"] as { name: string }[]).map(({ name }) => name));
  assert.ok(names.has("second") && !names.has("first") && !names.has("P"));
});

const MARKUP = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `'; drop table users; --`,
  `{{7*7}}\${7*7}<%= 7*7 %>`,
  `=HYPERLINK("http://evil.example","x")`,
  `javascript:alert(1)`,
];

test("markup, templates and SQL in every text are kept and told as what they are, as JSON", async () => {
  for (const [i, text] of MARKUP.entries()) {
    const group = await root.post("/groups", { slug: `markup-${i}`, name: text });
    const node = await root.post("/nodes", { group_id: "grp_default", name: text, description: text, network_zone: text });
    const token = await root.post("/auth/tokens", { name: text, group_id: null, role: "viewer", expires_in_days: 1 });
    const kept = await root.put("/preferences/theme", { value: { [text]: text } });
    for (const answer of [group, node, token, kept, await root.get("/nodes"), await root.get("/audit-log")]) {
      assert.ok(answer.status < 300, answer.bytes.toString());
      assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
      assert.ok(answer.bytes.toString().includes(JSON.stringify(text).slice(1, -1)));
    }
  }
  assert.equal((await root.post("/nodes", { group_id: "grp_default", name: "web", web_ui_url: "javascript:alert(1)" })).status, 400);
  assert.equal((await root.get("/users")).status, 200, "the table is still there");
});

test("a name that a spreadsheet would carry out is a text in the table for spreadsheets", async () => {
  for (const [i, start] of ["=", "+", "-", "@", "\uff1d", "\uff0b"].entries()) {
    await root.post("/nodes", { group_id: "grp_default", name: `${start}cmd|' /C calc'!A${i}` });
  }
  const { bytes, headers } = await root.get("/audit-log/export?action=node.create");

  assert.match(headers.get("content-type") ?? "", /^text\/csv/);
  assert.match(headers.get("content-disposition") ?? "", /^attachment/);
  const cells = bytes.toString().split(/\r\n|,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  assert.ok(cells.some((cell) => cell.startsWith(`"'=cmd`)));
  assert.deepEqual(
    cells.filter((cell) => /^"?[=+\-@\t\r\uff1d]/.test(cell)),
    [],
  );
});

test("SQL in every text of a query or a path finds nothing and breaks nothing", async () => {
  const before = (await root.get("/users")).bytes.toString();
  for (const text of [
    "' or '1'='1",
    `'; delete from users; --`,
    `\\'; select pg_sleep(9); --`,
    "%",
    "_",
    "$1",
    "\u0000",
    "${x}",
    "\ud800",
  ]) {
    const value = encodeURIComponent(text.toWellFormed());
    for (const path of [
      `/audit-log?actor=${value}`,
      `/audit-log?action=${value}`,
      `/audit-log?target_id=${value}`,
      `/audit-log?cursor=${value}`,
      `/audit-log/export?actor=${value}`,
      `/nodes?device_type=${value}`,
      `/nodes?capability=${value}`,
      `/nodes?group_id=${value}`,
      `/users?group_id=${value}`,
      `/groups/grp_default/members/candidates?search=${value}`,
      `/nodes/${value}`,
      `/users/${value}`,
      `/groups/${value}`,
      `/preferences/${value}`,
      `/nodes/00000000-0000-4000-8000-000000000000/flows/${value}/thumbnail`,
    ]) {
      const answer = await root.get(path);
      assert.ok([200, 400, 404].includes(answer.status), `${path}: ${answer.status} ${answer.bytes.toString()}`);
    }
    const login = await new TestClient(manager.base).post("/auth/login", { username: text, password: text.padEnd(8, "x") });
    assert.ok([400, 401, 429].includes(login.status), `${text}: ${login.status}`);
  }
  assert.equal((await root.get("/users")).bytes.toString(), before);
  assert.deepEqual(
    manager.lines.filter((line) => /"level":(50|60)/.test(line)),
    [],
  );
});

test("a log line that somebody else worded stays one line", async () => {
  await root.ask("POST", "/csp-report", JSON.stringify({ "csp-report": 'x\n{"level":60,"msg":"forged"}\u2028\u202e' }), {
    "content-type": "application/csp-report",
  });
  const line = manager.lines.find((each) => each.includes("forged")) ?? "";

  assert.equal(line.trimEnd().split(/[\n\u2028]/).length, 1);
  assert.equal((JSON.parse(line) as { level: number }).level, 40);
});

test("who sends slowly is cut off, while others are served", async () => {
  const limits = { ...SERVER_LIMITS, headersTimeout: 200, requestTimeout: 400, checkInterval: 50 };
  const server = await httpServer({ log: openLog("silent"), identity: undefined, limits });
  server.post("/slow", () => "done");
  await server.listen({ port: 0, host: "127.0.0.1" });
  const { port } = server.server.address() as { port: number };
  try {
    const [headers, body, other] = await Promise.all([
      rawAnswer(port, "GET / HTTP/1.1\r\nHost: x\r\nX-A: b", true),
      rawAnswer(port, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", true),
      rawAnswer(port, "GET /other HTTP/1.1\r\nHost: x\r\n\r\n"),
    ]);
    assert.match(headers, /^HTTP\/1\.1 408 .*"error_code":"request_timeout"/s);
    assert.match(body, /^HTTP\/1\.1 408 .*nosniff.*"error_code":"request_timeout"/s);
    assert.match(other, /^HTTP\/1\.1 404 /);
  } finally {
    await server.close();
  }
});
