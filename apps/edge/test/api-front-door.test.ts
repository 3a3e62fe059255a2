import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { WebSocket } from "ws";
import type { EngineEvent } from "@bilbycast/engine/flow";
import { FrontDoor } from "../src/api/front-door.ts";
import { readIdentity, TlsFiles } from "@bilbycast/service/tls";
import { guarded } from "./api-clients.ts";
import { testApi, type TestApi } from "./test-api.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const CERTIFICATES = fileURLToPath(new URL("api-certificates/", import.meta.url));

type Opened = Pick<TestApi, "engine" | "store"> & {
  door: FrontDoor;
  events: EngineEvent[];
  change: (config: Record<string, unknown>) => Promise<void>;
};

/** Real ports over an engine that carries nothing. */
const opened = async (
  t: TestContext,
  config: Record<string, unknown>,
  options: { bind?: string; monitorPort?: number } = {},
): Promise<Opened> => {
  const { context, engine, store } = await testApi(t, { config });
  const events: EngineEvent[] = [];
  const door = await FrontDoor.open({
    context,
    log: pino({ level: "silent" }),
    record: (event) => events.push(event),
    ports: [0],
    ...options,
  });
  t.after(() => door.close());
  const change = async (next: Record<string, unknown>): Promise<void> => {
    await context.control.replace({ version: 2, ...next });
    door.warnOfOpenApi();
  };
  return { door, events, change, engine, store };
};

const codesOf = (events: readonly EngineEvent[]): string[] => events.map((event) => event.code);

const health = async (address: string): Promise<{ warnings: { code: string }[]; monitor_addr?: string }> =>
  (await (await fetch(`${address}/health`)).json()) as { warnings: { code: string }[]; monitor_addr?: string };

test("an open API on all interfaces is obeyed, and warned about in an event and in health", async (t) => {
  const { door, events } = await opened(t, {}, { bind: "0.0.0.0" });

  assert.deepEqual(codesOf(events), ["api_open"]);
  assert.deepEqual(
    (await health(door.address)).warnings.map(({ code }) => code),
    ["api_open"],
  );
  assert.match(door.setupNotice ?? "", /\/setup there and give the token ([a-z2-9]{4}-){4}[a-z2-9]{4}\n$/);
});

test("an API on loopback, or one that asks for a token, is no reason to warn", async (t) => {
  const local = await opened(t, {});
  const locked = await opened(t, guarded(), { bind: "0.0.0.0" });

  assert.deepEqual([codesOf(local.events), codesOf(locked.events)], [[], []]);
  assert.deepEqual((await health(local.door.address)).warnings, []);
  assert.equal(local.door.setupNotice, undefined);
});

test("no token is printed where the configuration brings one or the setup is closed", async (t) => {
  const own = await opened(t, { setup_token: "chosen-by-hand" }, { bind: "0.0.0.0" });
  const closed = await opened(t, { setup_enabled: false }, { bind: "0.0.0.0" });

  assert.deepEqual([own.door.setupNotice, closed.door.setupNotice], [undefined, undefined]);
});

test("the warning comes again when authentication is switched off, and not with every change", async (t) => {
  const { events, change } = await opened(t, guarded(), { bind: "0.0.0.0" });

  await change({ server: { auth: null } });
  await change({ server: { auth: null }, device_name: "x" });
  await change(guarded());
  await change({ server: { auth: null } });

  assert.deepEqual(codesOf(events), ["api_open", "api_open"]);
});

test("the monitor page has a port of its own, where nothing can be changed", async (t) => {
  const { door } = await opened(t, {}, { monitorPort: 0 });
  const monitor = `http://${(await health(door.address)).monitor_addr}`;

  const page = await fetch(`${monitor}/`);

  assert.equal(page.status, 200);
  assert.match(await page.text(), /^<!doctype html>/);
  assert.equal((await fetch(`${monitor}/api/v1/stats`)).status, 200);
  assert.equal((await fetch(`${monitor}/api/v1/config`)).status, 404);
  assert.equal((await fetch(`${monitor}/api/v1/flows`, { method: "POST", body: "{}" })).status, 404);
});

test("a monitor page that cannot listen is told, and the API serves on", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());

  const { door, events } = await opened(t, {}, { monitorPort: (other.address() as AddressInfo).port });

  assert.deepEqual(codesOf(events), ["monitor_bind_failed"]);
  assert.deepEqual(
    (await health(door.address)).warnings.map(({ code }) => code),
    ["monitor_bind_failed"],
  );
});

test("closing waits for no reader and no idle connection", async (t) => {
  const { door } = await opened(t, {}, { monitorPort: 0 });
  const reader = new WebSocket(`${door.address.replace("http", "ws")}/api/v1/ws/stats`);
  await once(reader, "message");
  const idle = connect(Number(new URL(door.address).port), "127.0.0.1");
  idle.on("error", () => undefined);
  await once(idle, "connect");

  const gone = once(reader, "close");
  await door.close();

  await gone;
  idle.destroy();
  await assert.rejects(fetch(`${door.address}/health`));
});

const pair = (name: "first" | "second", folder: string): { cert_path: string; key_path: string } => {
  const paths = { cert_path: join(folder, "cert.pem"), key_path: join(folder, "key.pem") };
  copyFileSync(join(CERTIFICATES, `${name}-cert.pem`), paths.cert_path);
  copyFileSync(join(CERTIFICATES, `${name}-key.pem`), paths.key_path);
  return paths;
};

/** The name in the certificate that a new connection is shown. */
const shownAt = async (address: string): Promise<unknown> => {
  const socket = connectTls({ port: Number(new URL(address).port), host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
};

test("with a certificate the API speaks TLS, and a reload takes a new one without losing the port or a connection", async (t) => {
  const folder = temporaryFolder(t);
  const tls = pair("first", folder);
  const { door, events } = await opened(t, { server: { tls } });
  const standing = connectTls({ port: Number(new URL(door.address).port), host: "127.0.0.1", rejectUnauthorized: false });
  await once(standing, "secureConnect");
  t.after(() => standing.destroy());

  assert.match(door.address, /^https:/);
  assert.equal(await shownAt(door.address), "first.test");
  pair("second", folder);
  standing.write("POST /api/v1/config/reload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n");
  const [answer] = (await once(standing.setEncoding("utf8"), "data")) as [string];

  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.equal(await shownAt(door.address), "second.test");
  assert.equal(codesOf(events).at(-1), "tls_reloaded");
});

test("a certificate that cannot be used is refused at the start without quoting it, and while running changes nothing", async (t) => {
  const folder = temporaryFolder(t);
  const tls = pair("first", folder);
  const { door } = await opened(t, { server: { tls } });
  copyFileSync(join(CERTIFICATES, "second-key.pem"), tls.key_path);

  await assert.rejects(opened(t, { server: { tls } }), (fault: Error & { code?: string }) => {
    assert.equal(fault.code, "tls_unusable");
    assert.doesNotMatch(fault.message, /BEGIN|PRIVATE/);
    return true;
  });
  assert.equal(await shownAt(door.address), "first.test");
});

/** The whole answer to a request over a connection that asks for no proof of the certificate. */
const ask = async (address: string, path: string, method: string, body?: unknown): Promise<string> => {
  const socket = connectTls({ port: Number(new URL(address).port), host: "127.0.0.1", rejectUnauthorized: false });
  const text = body === undefined ? "" : JSON.stringify(body);
  const type = body === undefined ? "" : "Content-Type: application/json\r\n";
  socket.write(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${type}Content-Length: ${text.length}\r\n\r\n${text}`,
  );
  let answer = "";
  socket.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
  await once(socket, "close");
  return answer;
};

for (const [method, path] of [
  ["PUT", "/api/v1/config"],
  ["POST", "/api/v1/config/check"],
] as const) {
  test(`${method} ${path} with a certificate that does not load is refused whole: nothing of it is in force`, async (t) => {
    const folder = temporaryFolder(t);
    const { door, events, store, engine } = await opened(t, { server: { tls: pair("first", folder) }, device_name: "before" });
    const other = { cert_path: join(CERTIFICATES, "first-cert.pem"), key_path: join(CERTIFICATES, "second-key.pem") };
    const before = { document: store.document, disk: readFileSync(store.path, "utf8"), applied: engine.applied.length };

    for (const tls of [
      other,
      { ...other, key_path: "/nowhere/key.pem" },
      { ...other, key_path: "/dev/zero" },
      { ...other, key_path: folder },
    ]) {
      const answer = await ask(door.address, path, method, {
        version: 2,
        device_name: "after",
        server: { tls },
        flows: [{ id: "f", name: "F" }],
      });

      assert.match(answer, /^HTTP\/1\.1 400 .*"error_code":"tls_unusable","field":"server.tls"/s);
    }
    assert.deepEqual({ document: store.document, disk: readFileSync(store.path, "utf8"), applied: engine.applied.length }, before);
    assert.deepEqual(codesOf(events), []);
    assert.equal(await shownAt(door.address), "first.test");
  });
}

test("a reload with a certificate that does not load changes nothing, and one that loads is in service at once", async (t) => {
  const folder = temporaryFolder(t);
  const { door, store } = await opened(t, { server: { tls: pair("first", folder) } });
  const cert_path = join(CERTIFICATES, "second-cert.pem");
  const write = (tls: unknown): void => writeFileSync(store.path, JSON.stringify({ version: 2, device_name: "new", server: { tls } }));

  write({ cert_path, key_path: join(CERTIFICATES, "first-key.pem") });
  const refused = await ask(door.address, "/api/v1/config/reload", "POST");
  const nameThen = store.config.device_name;
  write({ cert_path, key_path: join(CERTIFICATES, "second-key.pem") });
  const taken = await ask(door.address, "/api/v1/config/reload", "POST");

  assert.match(refused, /^HTTP\/1\.1 400 .*tls_unusable/s);
  assert.equal(nameThen, undefined);
  assert.match(taken, /^HTTP\/1\.1 200 /);
  assert.equal(store.config.device_name, "new");
  assert.equal(await shownAt(door.address), "second.test");
});

test("a certificate in the middle of its renewal keeps no other change out", async (t) => {
  const folder = temporaryFolder(t);
  const tls = pair("first", folder);
  const { door, store } = await opened(t, { server: { tls } });
  copyFileSync(join(CERTIFICATES, "second-key.pem"), tls.key_path);

  const answer = await ask(door.address, "/api/v1/config", "PUT", { version: 2, device_name: "after", server: { tls } });

  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.equal(store.config.device_name, "after");
});

test("files that change are followed: half a renewal is told and harmless, the whole of it is taken", async (t) => {
  const folder = temporaryFolder(t);
  const paths = pair("first", folder);
  const taken: string[] = [];
  const told: (string | undefined)[] = [];
  const files = new TlsFiles({
    paths,
    identity: await readIdentity(paths),
    holders: [{ setSecureContext: (identity) => taken.push(identity.cert) }],
    onChange: (fault) => told.push(fault?.code),
    interval: 20,
  });
  t.after(() => files.close());
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  writeFileSync(paths.cert_path, readFileSync(join(CERTIFICATES, "second-cert.pem")));
  await until(() => told.includes("tls_unusable"));
  assert.equal(taken.length, 0);
  writeFileSync(paths.key_path, readFileSync(join(CERTIFICATES, "second-key.pem")));
  await until(() => taken.length > 0);

  assert.equal(taken[0], readFileSync(join(CERTIFICATES, "second-cert.pem"), "utf8"));
  assert.equal(told.at(-1), undefined);
});
