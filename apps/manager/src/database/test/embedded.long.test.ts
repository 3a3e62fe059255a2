import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isAlive, waitFor } from "@bilbycast/testkit/peers";
import { Client } from "pg";
import { embeddedProcess } from "../../../test/embedded-process.ts";
import { sharedPrograms } from "../../../test/test-server.ts";
import type { ConnectionTarget } from "../connection-target.ts";
import { EmbeddedPostgres, type EmbeddedEvent, type EmbeddedOptions } from "../embedded/embedded-postgres.ts";

const folders: string[] = [];

const running: EmbeddedPostgres[] = [];

/** Starts a server that is stopped after the file, if its test did not come to that. */
const start = async (wanted: EmbeddedOptions): Promise<EmbeddedPostgres> => {
  const server = await EmbeddedPostgres.start(wanted);
  running.push(server);
  return server;
};

after(async () => {
  await Promise.all(running.map((server) => server.stop()));
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-test-db-"));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
};

const options = (folder = join(temporary(), "db")): EmbeddedOptions => ({ folder, programs: sharedPrograms(), sync: false });

const ask = async (target: ConnectionTarget, statement: string): Promise<unknown[]> => {
  const client = new Client(target);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: statement, rowMode: "array" });
    return rows.flat();
  } finally {
    await client.end();
  }
};

const kinds = (events: readonly EmbeddedEvent[]): string[] => events.map(({ kind }) => kind);

/** Processes that work in the folder. */
const processesIn = (folder: string): string[] =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });

test("a first start makes a database that is durable, closed to others and off the network", async () => {
  const { folder, ...rest } = options();
  const server = await start({ folder, ...rest });

  const settings = ["listen_addresses", "fsync", "full_page_writes", "synchronous_commit", "data_checksums", "server_encoding"];
  const shown = await ask(server.target, `select ${settings.map((name) => `current_setting('${name}')`).join(", ")}`);
  const [locale] = await ask(
    server.target,
    "select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()",
  );

  assert.deepEqual(shown, ["", "on", "on", "on", "on", "UTF8"]);
  assert.equal(locale, "b C.UTF-8");
  assert.deepEqual(
    ["data", "sockets"].map((name) => statSync(join(folder, name)).mode & 0o777),
    [0o700, 0o700],
  );
  assert.notEqual(statSync(`/proc/${server.pid}`).uid, 0, "PostgreSQL refuses to run as root, and so do we");
  await server.stop();
});

test("a stop leaves no process behind, and a second start makes nothing anew", async () => {
  const wanted = options();
  const events: EmbeddedEvent[] = [];
  const first = await start(wanted);
  await ask(first.target, "create table kept (n integer)");
  await first.stop();
  assert.deepEqual(processesIn(wanted.folder), []);

  const second = await start({ ...wanted, onEvent: (event) => events.push(event) });

  assert.deepEqual(await ask(second.target, "select count(*)::int from kept"), [0]);
  await second.stop();
  assert.deepEqual(kinds(events), ["started", "stopped"]);
});

test("a server outlives a manager that is killed, and the next one takes it over", async () => {
  const wanted = options();
  const events: EmbeddedEvent[] = [];
  const killed = await embeddedProcess(wanted);
  assert.deepEqual(killed.events, ["initialised", "started"]);
  await killed.kill();
  assert.ok(isAlive(killed.pid));

  const next = await start({ ...wanted, onEvent: (event) => events.push(event) });

  assert.equal(next.pid, killed.pid);
  assert.deepEqual(await ask(next.target, "select 1"), [1]);
  await next.stop();
  assert.deepEqual(kinds(events), ["adopted", "stopped"]);
  assert.equal(isAlive(killed.pid), false);
});

test("a server with other settings is replaced", async () => {
  const wanted = options();
  const events: EmbeddedEvent[] = [];
  const killed = await embeddedProcess(wanted);
  await killed.kill();

  const next = await start({ ...wanted, settings: { work_mem: "2MB" }, onEvent: (event) => events.push(event) });

  assert.notEqual(next.pid, killed.pid);
  assert.deepEqual(await ask(next.target, "show work_mem"), ["2MB"]);
  await next.stop();
  assert.deepEqual(kinds(events), ["replaced", "started", "stopped"]);
});

test("a server that is killed is started again, also one that was taken over", async () => {
  const wanted = options();
  const events: EmbeddedEvent[] = [];
  const killed = await embeddedProcess(wanted);
  await killed.kill();
  const server = await start({ ...wanted, onEvent: (event) => events.push(event) });

  for (const starts of [1, 2]) {
    process.kill(server.pid, "SIGKILL");
    await waitFor("a start", () => kinds(events).filter((kind) => kind === "started").length === starts, 55);
  }

  assert.deepEqual(await ask(server.target, "select 1"), [1]);
  await server.stop();
  assert.deepEqual(kinds(events), ["adopted", "died", "started", "died", "started", "stopped"]);
});

test("a first start that is refused by its own server leaves no server behind", async () => {
  const wanted = options();

  await assert.rejects(start({ ...wanted, settings: { default_transaction_read_only: "on" } }), /read-only transaction/);

  assert.deepEqual(processesIn(wanted.folder), []);
  const server = await start(wanted);
  assert.deepEqual(await ask(server.target, "select 1"), [1]);
  await server.stop();
});

test("a server that is started again and refuses is asked again until it does not, under the same lock", async () => {
  const wanted = options();
  const events: EmbeddedEvent[] = [];
  const server = await start({ ...wanted, onEvent: (event) => events.push(event) });
  const superuser = new Client({ ...server.target, user: "postgres", database: "postgres" });
  await superuser.connect();
  await superuser.query("drop database bilbycast");
  await superuser.query("alter system set default_transaction_read_only = on");
  superuser.on("error", () => undefined);
  process.kill(server.pid, "SIGKILL");
  await waitFor("two refusals", () => kinds(events).filter((kind) => kind === "restart_failed").length >= 2, 55);
  assert.ok(!kinds(events).slice(2).includes("started"), "nobody is told of a server without its database");

  const healer = new Client({ ...server.target, user: "postgres", database: "postgres" });
  await healer.connect();
  await healer.query("alter system reset default_transaction_read_only");
  await healer.query("select pg_reload_conf()");
  await healer.end();

  await waitFor("the server", () => kinds(events).at(-1) === "adopted", 55);
  assert.deepEqual(await ask(server.target, "select 1"), [1]);
  await server.stop();
  assert.deepEqual(processesIn(wanted.folder), []);
});

test("a pid file that names another program by now is no obstacle", async () => {
  const wanted = options();
  const first = await start(wanted);
  const { uid, gid } = statSync(`/proc/${first.pid}`);
  const file = join(wanted.folder, "data", "postmaster.pid");
  const text = readFileSync(file, "utf8");
  await first.stop();
  const stranger = spawn("sleep", ["60"], { ...(process.getuid?.() === 0 ? { uid, gid } : {}), stdio: "ignore" });
  await once(stranger, "spawn");
  writeFileSync(file, text.replace(/^\d+/, String(stranger.pid)));

  const second = await start(wanted);

  assert.deepEqual(await ask(second.target, "select 1"), [1]);
  assert.equal(isAlive(stranger.pid ?? 0), true);
  await second.stop();
  stranger.kill();
});

test("two managers do not share a folder, and the first is not disturbed", async () => {
  const wanted = options();
  const first = await start(wanted);

  await assert.rejects(EmbeddedPostgres.start(wanted), { code: "database_folder_in_use" });

  assert.deepEqual(await ask(first.target, "select 1"), [1]);
  await first.stop();
});

test("two managers that start at once on an empty folder: one of them runs, the other one is told", async () => {
  const wanted = options();

  const both = await Promise.all([embeddedProcess(wanted), embeddedProcess(wanted)]);

  assert.deepEqual(
    both.map(({ fault }) => fault?.code).filter((code) => code !== undefined),
    ["database_folder_in_use"],
  );
  await Promise.all(both.map((each) => each.stop()));
  assert.deepEqual(processesIn(wanted.folder), []);
});

test("a folder of another major version is refused, and the fault says of which", async () => {
  const wanted = options();
  const server = await start(wanted);
  await server.stop();
  writeFileSync(join(wanted.folder, "data", "PG_VERSION"), "17\n");

  await assert.rejects(EmbeddedPostgres.start(wanted), { code: "database_version_mismatch", message: /^PostgreSQL 17 made/ });
});

test("a first start that was interrupted leaves nothing that hinders the next", async () => {
  const wanted = options();
  mkdirSync(join(wanted.folder, ".initdb-x", "data"), { recursive: true });
  writeFileSync(join(wanted.folder, ".initdb-x", "data", "PG_VERSION"), "18\n");

  const server = await start(wanted);

  assert.deepEqual(readdirSync(wanted.folder).toSorted(), ["data", "postgresql.log", "sockets"]);
  await server.stop();
});

test("a folder with a path that is too long for a socket has it elsewhere", async () => {
  const wanted = options(join(temporary(), "d".repeat(100)));
  const server = await start(wanted);

  assert.deepEqual(await ask(server.target, "select 1"), [1]);
  assert.equal(lstatSync(server.target.host).mode & 0o777, 0o700);
  await server.stop();
  folders.push(server.target.host);
});

test("the log tells what the server does and no value that was refused", async () => {
  const wanted = options();
  const server = await start(wanted);
  await ask(server.target, "create table t (secret text primary key)");
  await ask(server.target, "insert into t values ('hunter2')");

  await assert.rejects(ask(server.target, "insert into t values ('hunter2')"));
  await assert.rejects(ask(server.target, "select 'hunter2'::uuid"));
  await server.stop();

  const log = readFileSync(join(wanted.folder, "postgresql.log"), "utf8");
  assert.match(log, /ready to accept connections/);
  assert.doesNotMatch(log, /hunter2/);
});
