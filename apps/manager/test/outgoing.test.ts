import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

// The manager fetches nothing that somebody names: there is no way to make it ask an address of its own network. Who adds the first
// place that does has to put it behind a guard, and to name it here.

const SRC = fileURLToPath(new URL("../src/", import.meta.url));

/** What opens a connection to somewhere, by the file that may; all of it is the database that its owner has named. */
const OUTGOING = [
  /(?<!async |[.\w#])fetch\s*\(/,
  /from "node:(?:http2?|https|net|tls|dgram|dns)(?:\/promises)?"/,
  /from "(?:undici|axios|got|node-fetch|nodemailer|ws)"/,
  /\bnew (?:WebSocket|EventSource|XMLHttpRequest)\(/,
  /\b(?:createConnection|connect)\s*\(\s*\{/,
];

const ALLOWED: Readonly<Record<string, string>> = {
  "http/server.ts": "types of connections that came in",
  "http/origin.ts": "types of requests that came in",
  "serve/manager.ts": "types of requests that came in",
  "node-link/node-socket.ts": "the door for nodes: it is knocked at",
  "node-link/connection.ts": "a connection that came in by that door",
  "live/live-door.ts": "the door for browsers: it is knocked at",
  "live/attendance.ts": "types of requests that came in",
  "live/browser.ts": "a connection that came in by that door",
  "serve/listen.ts": "addresses that it listens on",
  "settings/networks.ts": "reads addresses, opens none",
  "settings/settings.ts": "reads addresses, opens none",
  "database/external-url.ts": "the database of the installation's settings",
  "database/connection-target.ts": "the same",
  "database/embedded/running-server.ts": "the database on this machine",
};

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : entry.name.endsWith(".ts") ? [join(folder, entry.name)] : [],
  );

const sources = filesBelow(SRC)
  .map((path) => path.slice(SRC.length))
  .filter((path) => !path.includes("/test/"));

const opens = (path: string): boolean => {
  const text = readFileSync(join(SRC, path), "utf8");
  return OUTGOING.some((pattern) => pattern.test(text));
};

test("no file of the manager opens a connection to an address that comes from outside", () => {
  assert.ok(sources.length > 50);
  assert.deepEqual(
    sources.filter((path) => opens(path) && !(path in ALLOWED)),
    [],
  );
});

test("the scan finds what it looks for, and its exceptions are still there", () => {
  assert.ok(OUTGOING.some((pattern) => pattern.test('await fetch("http://" + host)')));
  assert.deepEqual(
    Object.keys(ALLOWED).filter((path) => !sources.includes(path)),
    [],
  );
});
