import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import { parse } from "smol-toml";
import { readSettings, type ManagerSettings } from "../src/settings/settings.ts";

const DEFAULT = new URL("../config/default.toml", import.meta.url);

const read = (file: unknown, environment: Record<string, string> = {}): ManagerSettings => readSettings(file, environment, "/data");

/** Names of the fields that are wrong, as they stand where they were set. */
const problemsOf = (file: unknown, environment: Record<string, string> = {}): string[] => {
  try {
    read(file, environment);
    return [];
  } catch (error) {
    assert.ok(isFault(error) && error.code === "settings_invalid", String(error));
    return (error.details["problems"] as { path: string }[]).map(({ path }) => path);
  }
};

test("without a word it listens on every address with TLS, and behind a proxy on this machine alone", () => {
  const direct = read({});
  const behind = read({ tls_mode: "behind_proxy" });

  assert.deepEqual(
    [direct.listenPort, direct.listenAddresses, direct.tlsMode, direct.dataDir],
    [8443, ["0.0.0.0", "::"], "direct", "/data"],
  );
  assert.deepEqual(behind.listenAddresses, ["127.0.0.1"]);
  assert.deepEqual([direct.trustedProxies, direct.metricsTokens, direct.databaseUrl], [[], [], undefined]);
});

test("the file that comes along is read, and says what is so without it", () => {
  assert.deepEqual(read(parse(readFileSync(DEFAULT, "utf8"))), read({}));
});

type Case = readonly [variable: string, good: string, read: (settings: ManagerSettings) => unknown, is: unknown, bad: readonly string[]];
const VARIABLES: readonly Case[] = [
  ["BILBYCAST_PORT", "9443", ({ listenPort }) => listenPort, 9443, ["-1", "65536", "http", "80.5", "0x50", "1e3"]],
  [
    "BILBYCAST_LISTEN_ADDRS",
    "10.0.0.1, ::1",
    ({ listenAddresses }) => listenAddresses,
    ["10.0.0.1", "::1"],
    ["localhost", "10.0.0.1:80", "10.0.0.256", ","],
  ],
  ["BILBYCAST_DATA_DIR", "/elsewhere", ({ dataDir }) => dataDir, "/elsewhere", []],
  ["BILBYCAST_DATABASE_URL", "postgres://h/d", ({ databaseUrl }) => databaseUrl, "postgres://h/d", []],
  ["DATABASE_URL", "postgres://h/d", ({ databaseUrl }) => databaseUrl, "postgres://h/d", []],
  ["BILBYCAST_TLS_MODE", "behind_proxy", ({ tlsMode }) => tlsMode, "behind_proxy", ["off", "Direct", "none"]],
  [
    "BILBYCAST_PUBLIC_URL",
    "https://m.example:8443",
    ({ publicUrl }) => publicUrl,
    "https://m.example:8443",
    ["m.example", "ftp://m", "https://m/path", "https://m /", "javascript:x"],
  ],
  ["BILBYCAST_REGION", "eu-1", ({ region }) => region, "eu-1", ["x".repeat(65)]],
  [
    "BILBYCAST_METRICS_TOKENS",
    "0123456789abcdef,fedcba9876543210",
    ({ metricsTokens }) => metricsTokens,
    ["0123456789abcdef", "fedcba9876543210"],
    ["short", "0123456789abcdef,short"],
  ],
  ["BILBYCAST_METRICS_ALLOWLIST", "10.0.0.1", ({ metricsAllowlist }) => metricsAllowlist, ["10.0.0.1"], ["10.0.0.0/8", "prometheus"]],
  ["BILBYCAST_TRUST_PROXY_HEADER", "1", () => undefined, undefined, ["perhaps", "2"]],
  [
    "BILBYCAST_TRUSTED_PROXIES",
    "10.0.0.0/8",
    () => undefined,
    undefined,
    ["10.0.0.1", "10.0.0.0/33", "fd00::/129", "10.0.0.0/8/8", "10.0.0.0/-1", "any"],
  ],
  ["BILBYCAST_INSTANCE_ID", "one", ({ instanceId }) => instanceId, "one", []],
];

for (const [variable, good, value, is, bad] of VARIABLES) {
  test(`${variable} is read, and what it may not be is refused by its name`, () => {
    assert.deepEqual(value(read({}, { [variable]: good })), is);
    assert.deepEqual(problemsOf({}, { [variable]: "  " }), [], "an empty variable is none");
    for (const text of bad) {
      assert.deepEqual(
        [text, new Set(problemsOf({}, { [variable]: text }).map((path) => path.split(".")[0]))],
        [text, new Set([variable])],
      );
    }
  });
}

test("a certificate takes its key, from wherever either comes", () => {
  const both = { BILBYCAST_TLS_CERT: "/c.pem", BILBYCAST_TLS_KEY: "/k.pem" };

  assert.deepEqual(read({}, both).tls, { cert_path: "/c.pem", key_path: "/k.pem" });
  assert.deepEqual(read({ tls: { key_path: "/k.pem" } }, { BILBYCAST_TLS_CERT: "/c.pem" }).tls, {
    cert_path: "/c.pem",
    key_path: "/k.pem",
  });
  assert.deepEqual(problemsOf({}, { BILBYCAST_TLS_CERT: "/c.pem" }), ["tls.key_path"]);
});

test("a proxy's word counts when it is switched on and the proxy is named, and not before", () => {
  const named = { BILBYCAST_TRUSTED_PROXIES: "10.0.0.0/8" };

  assert.deepEqual(read({}, named).trustedProxies, []);
  assert.deepEqual(read({}, { ...named, BILBYCAST_TRUST_PROXY_HEADER: "yes" }).trustedProxies, ["10.0.0.0/8"]);
  assert.deepEqual(read({ security: { trust_proxy_header: true } }, named).trustedProxies, ["10.0.0.0/8"]);
  assert.deepEqual(
    read({ security: { trust_proxy_header: true, trusted_proxies: ["fd00::/8"] } }, { BILBYCAST_TRUST_PROXY_HEADER: "0" }).trustedProxies,
    [],
  );
});

test("the environment goes before the file, and ours before the one that others use", () => {
  const file = { listen_port: 1, database_url: "postgres://file/d", region: "file" };

  assert.equal(read(file, { BILBYCAST_PORT: "2" }).listenPort, 2);
  assert.equal(read(file, { DATABASE_URL: "postgres://theirs/d" }).databaseUrl, "postgres://theirs/d");
  assert.equal(
    read(file, { DATABASE_URL: "postgres://theirs/d", BILBYCAST_DATABASE_URL: "postgres://ours/d" }).databaseUrl,
    "postgres://ours/d",
  );
  assert.equal(file.listen_port, 1, "the file's own values are left as they were");
});

test("a field of the file that is misspelt, of the wrong kind or out of range is refused by its name, all of them at once", () => {
  const cases: [file: unknown, problems: string[]][] = [
    [{ listen_prot: 1 }, [""]],
    [{ tls: { cert_path: "/c", key_path: "/k", pass: "x" } }, ["tls"]],
    [{ listen_port: "8443" }, ["listen_port"]],
    [{ listen_port: 70_000, region: "", tls_mode: "maybe" }, ["listen_port", "tls_mode", "region"]],
    [{ listen_addrs: [] }, ["listen_addrs"]],
    [{ listen_addrs: ["::", "nowhere"] }, ["listen_addrs.1"]],
    [{ security: { trusted_proxies: ["10.0.0.0/8", "all"] } }, ["security.trusted_proxies.1"]],
    [{ metrics: { tokens: ["0123456789abcdef", ""] } }, ["metrics.tokens.1"]],
    [[], [""]],
    ["listen_port = 1", [""]],
    [null, [""]],
  ];
  for (const [file, problems] of cases) {
    assert.deepEqual([file, problemsOf(file)], [file, problems]);
  }
});

test("what refuses a value does not repeat it: it may be a token", () => {
  try {
    read({}, { BILBYCAST_METRICS_TOKENS: "hunter2" });
    assert.fail("it was taken");
  } catch (error) {
    assert.doesNotMatch(JSON.stringify(error) + String(error), /hunter2/);
  }
});
