import assert from "node:assert/strict";
import { chmodSync, copyFileSync, cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { isFault, type Fault } from "@bilbycast/foundation/fault";
import { ConfigStore } from "../src/config-store.ts";
import { Control } from "../src/control.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { declarations } from "./test-declarations.ts";

type Fields = Record<string, unknown>;

const KEY = "00112233445566778899aabbccddeeff".repeat(2);
const RELEASE_1 = fileURLToPath(new URL("./fixtures/release-1/", import.meta.url));
const AUTH = {
  enabled: true,
  jwt_secret: "a-signing-secret-that-is-long-enough",
  clients: [{ client_id: "ops", client_secret: "ops-secret", role: "admin" }],
};
const TUNNEL = {
  id: "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
  name: "T",
  protocol: "udp",
  mode: "relay",
  direction: "egress",
  local_addr: "127.0.0.1:9000",
  relay_addrs: ["relay:4433"],
  tunnel_encryption_key: KEY,
};

const folderOf = (t: TestContext, files: Record<string, unknown> = {}): { path: string; secrets: string; key: string } => {
  const folder = temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), JSON.stringify(content));
  }
  return { path: join(folder, "config.json"), secrets: join(folder, "secrets.json"), key: join(folder, "secrets.key") };
};
const read = (path: string): Fields => JSON.parse(readFileSync(path, "utf8")) as Fields;
const open = (path: string, environment: Record<string, string> = {}): Promise<ConfigStore> =>
  ConfigStore.open(path, declarations, environment);
const rename = (store: ConfigStore, name: string): Promise<void> =>
  store.commit(store.prepare((draft) => (draft.document["device_name"] = name)));
const controlOf = (store: ConfigStore): Control =>
  new Control({ store, engine: new MemoryEngine(), declarations, onChange: () => undefined });
const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(isFault(error), `no Fault: ${String(error)}`);
  return error;
};
const textOf = (path: string): string[] => readdirSync(join(path, "..")).map((name) => readFileSync(join(path, "..", name), "utf8"));

test("a single file with secrets is split at the first start, and no secret stays in the clear", async (t) => {
  const given = {
    version: 2,
    server: { listen_port: 8443, tls: { cert_path: "/c.pem", key_path: "/k.pem" }, auth: AUTH },
    setup_token: "the-setup-token",
    manager: { enabled: false, node_id: "n-1", node_secret: "the-node-secret", registration_token: "the-registration-token" },
    nmos_registration: { url: "http://registry", bearer_token: "the-bearer-token" },
    tunnels: [TUNNEL],
  };
  const { path, secrets, key } = folderOf(t, { "config.json": given });

  const store = await open(path);
  await store.keepIdentity();

  assert.deepEqual(read(path)["server"], { listen_port: 8443 });
  assert.deepEqual(read(path)["manager"], { enabled: false, node_id: "n-1" });
  const written = textOf(path).join("");
  for (const secret of [
    AUTH.jwt_secret,
    "ops-secret",
    "the-setup-token",
    "the-node-secret",
    "the-registration-token",
    "the-bearer-token",
    KEY,
  ]) {
    assert.equal(written.includes(secret), false, secret);
  }
  for (const file of [secrets, key]) {
    assert.equal(statSync(file).mode & 0o777, 0o600);
  }
  assert.deepEqual((await open(path)).document, { ...given, node_id: store.config.node_id });
});

test("a plain file of secrets is taken at start and at reload, and sealed at the next save", async (t) => {
  const { path, secrets } = folderOf(t, {
    "config.json": { version: 2, manager: { enabled: false } },
    "secrets.json": { version: 1, server_auth: AUTH, manager_registration_token: "one-time", later: { kept: true } },
  });
  const store = await open(path);
  assert.equal(store.config.server.auth?.jwt_secret, AUTH.jwt_secret);
  assert.equal(store.config.manager?.registration_token, "one-time");

  await rename(store, "A");
  assert.equal(readFileSync(secrets, "utf8").includes(AUTH.jwt_secret), false);
  writeFileSync(secrets, JSON.stringify({ version: 1, setup_token: "placed-by-hand", later: { kept: "still" } }));
  await controlOf(store).reload();
  assert.equal(store.config.setup_token, "placed-by-hand");
  assert.equal(store.config.server.auth, undefined);
  await rename(store, "B");

  assert.equal(readFileSync(secrets, "utf8").includes("placed-by-hand"), false);
  const again = await open(path);
  assert.equal(again.config.setup_token, "placed-by-hand");
  assert.equal(again.config.device_name, "B");
});

test("a secret without a place waits until there is one", async (t) => {
  const { path } = folderOf(t, { "secrets.json": { version: 1, manager_registration_token: "one-time" } });
  const store = await open(path);
  await rename(store, "A");

  const later = await open(path);
  await later.commit(later.prepare((draft) => (draft.document["manager"] = { enabled: true, urls: ["wss://m/"] })));

  assert.equal((await open(path)).config.manager?.registration_token, "one-time");
});

test("a document that is put back without its secrets keeps them, and null takes one away", async (t) => {
  const { path } = folderOf(t, { "config.json": { version: 2, server: { auth: AUTH }, tunnels: [TUNNEL], setup_token: "s" } });
  const store = await open(path);
  const control = controlOf(store);
  const { tunnel_encryption_key: _, ...tunnel } = TUNNEL;

  await control.replace({ version: 2, tunnels: [tunnel] });
  assert.deepEqual(store.document["tunnels"], [TUNNEL]);
  assert.deepEqual(store.document["server"], { auth: AUTH });
  await control.replace({ version: 2, server: { auth: null }, setup_token: null });

  const again = await open(path);
  assert.equal(again.config.server.auth, undefined);
  assert.equal(again.config.setup_token, undefined);
  assert.equal(again.document["tunnels"], undefined);
});

test("the key of the environment goes before the key file, and no key file is made then", async (t) => {
  const { path, key } = folderOf(t);
  const store = await open(path, { BILBYCAST_SECRETS_KEY: KEY });

  await rename(store, "A");

  assert.equal(existsSync(key), false);
  assert.equal((await open(path, { BILBYCAST_SECRETS_KEY: KEY })).config.device_name, "A");
});

const saved = async (t: TestContext): Promise<{ path: string; secrets: string; key: string }> => {
  const files = folderOf(t, { "config.json": { version: 2, setup_token: "the-setup-token" } });
  await (await open(files.path)).keepIdentity();
  return files;
};

/** What is done to a saved pair, the environment, the code, and the file that the sentence names. */
const damages: [
  name: string,
  damage: (files: { path: string; secrets: string; key: string }) => void,
  code: string,
  names: string,
  environment?: Record<string, string>,
][] = [
  ["another key", () => undefined, "secrets_unreadable", "secrets.json", { BILBYCAST_SECRETS_KEY: KEY }],
  ["a key that is no key", () => undefined, "secrets_key_unusable", "BILBYCAST_SECRETS_KEY", { BILBYCAST_SECRETS_KEY: "secret-word" }],
  ["a key file that is gone", ({ key }) => rmSync(key), "secrets_key_unusable", "secrets.key"],
  ["a key file that others may read", ({ key }) => chmodSync(key, 0o644), "secrets_key_unusable", "chmod 600"],
  ["a key file that is cut off", ({ key }) => writeFileSync(key, "00ff"), "secrets_key_unusable", "secrets.key"],
  [
    "secrets that are cut off",
    ({ secrets }) => writeFileSync(secrets, readFileSync(secrets, "utf8").slice(0, 90)),
    "secrets_unreadable",
    "secrets.json",
  ],
  ["secrets of a newer version", ({ secrets }) => writeFileSync(secrets, '{"version": 2, "sealed": []}'), "secrets_unreadable", "newer"],
  ["a changed seal", ({ secrets }) => edit(secrets, "text", "AAAA"), "secrets_unreadable", "damaged"],
  ["a seal without its tag", ({ secrets }) => edit(secrets, "tag", "AAAA"), "secrets_unreadable", "damaged"],
  ["secrets that are gone", ({ secrets }) => rmSync(secrets), "secrets_mismatch", "secrets.json"],
  [
    "a configuration of another save",
    ({ path }) => writeFileSync(path, JSON.stringify({ ...read(path), generation: 77 })),
    "secrets_mismatch",
    "77",
  ],
  [
    "a generation that is none",
    ({ path }) => writeFileSync(path, JSON.stringify({ ...read(path), generation: "x" })),
    "config_invalid",
    "generation",
  ],
];

const edit = (path: string, field: string, value: string): void => {
  const file = read(path);
  const sealed = { ...(file["sealed"] as Fields), [field]: value };
  writeFileSync(path, JSON.stringify({ ...file, sealed }));
};

for (const [name, damage, code, names, environment] of damages) {
  test(`${name}: the start is refused with the reason, and no file is touched`, async (t) => {
    const files = await saved(t);
    damage(files);
    const before = textOf(files.path);

    const fault = await faultOf(open(files.path, environment));

    assert.equal(fault.code, code);
    assert.ok(fault.toJSON().message.includes(names), fault.message);
    assert.equal(JSON.stringify(fault.toJSON()).includes("the-setup-token"), false);
    assert.equal(JSON.stringify(fault.toJSON()).includes("secret-word"), false);
    assert.deepEqual(textOf(files.path), before);
  });
}

test("an old seal does not pass for a new one", async (t) => {
  const { path, secrets } = await saved(t);
  const old = read(secrets);
  const store = await open(path);
  await store.commit(store.prepare((draft) => (draft.document["setup_token"] = "another-token")));
  const generation = read(path)["generation"];

  writeFileSync(secrets, JSON.stringify({ ...old, generation }));

  assert.equal((await faultOf(open(path))).code, "secrets_unreadable");
});

test("whichever configuration a crash leaves has its secrets beside it", async (t) => {
  const { path, secrets } = await saved(t);
  const change = async (store: ConfigStore, word: string): Promise<void> =>
    store.commit(
      store.prepare((draft) => {
        draft.document["device_name"] = word;
        draft.document["setup_token"] = `token-${word}`;
      }),
    );
  await change(await open(path), "old");
  copyFileSync(path, `${path}.kept`);
  await change(await open(path), "new");
  assert.equal((await open(path)).config.setup_token, "token-new");

  // The secrets were renamed, the configuration was not.
  copyFileSync(`${path}.kept`, path);
  writeFileSync(`${path}.tmp`, '{"version": 2, "gen');
  const store = await open(path);
  assert.deepEqual([store.config.device_name, store.config.setup_token], ["old", "token-old"]);
  await change(store, "newer");

  const after = await open(path);
  assert.deepEqual([after.config.device_name, after.config.setup_token], ["newer", "token-newer"]);
  assert.equal(read(secrets)["generation"], read(path)["generation"]);
});

test("a change that leaves the secrets as they are leaves their file alone, and both still belong together", async (t) => {
  const { path, secrets } = await saved(t);
  const before = readFileSync(secrets, "utf8");

  await rename(await open(path), "renamed");

  assert.equal(readFileSync(secrets, "utf8"), before);
  const again = await open(path);
  assert.deepEqual([again.config.device_name, again.config.setup_token], ["renamed", "the-setup-token"]);
});

test("secrets whose file is gone are written anew by whatever change comes next", async (t) => {
  const { path, secrets } = await saved(t);
  const store = await open(path);
  rmSync(secrets);

  await rename(store, "renamed");

  assert.equal((await open(path)).config.setup_token, "the-setup-token");
});

test("a configuration without a generation, put in place of a saved one, goes with the secrets that are there", async (t) => {
  const { path } = await saved(t);

  writeFileSync(path, JSON.stringify({ version: 2, device_name: "deployed" }));
  const store = await open(path);
  await rename(store, "changed");

  assert.equal(store.config.setup_token, "the-setup-token");
  const again = await open(path);
  assert.deepEqual([again.config.device_name, again.config.setup_token], ["changed", "the-setup-token"]);
});

test("the pair of the first release is read, and so is the save before it", async (t) => {
  const folder = temporaryFolder(t);
  cpSync(RELEASE_1, folder, { recursive: true });
  const path = join(folder, "config.json");
  const environment = { BILBYCAST_SECRETS_KEY: KEY };

  const store = await open(path, environment);
  assert.equal(store.config.setup_token, "second-token");
  assert.deepEqual(store.config.server.auth?.clients, AUTH.clients);
  assert.deepEqual(store.document["cellular_uplinks"], [{ later: true }]);
  writeFileSync(path, JSON.stringify({ ...read(path), generation: 2 }));

  assert.equal((await open(path, environment)).config.setup_token, "first-token");
});

test("a file of version 1 with secrets is kept beside its successor for its owner alone", async (t) => {
  const { path } = folderOf(t, { "config.json": { version: 1, setup_token: "the-setup-token", flows: [] } });
  chmodSync(path, 0o644);

  await (await open(path)).keepIdentity();

  const kept = join(path, "..", "config.v1.json");
  assert.equal(read(kept)["version"], 1);
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  assert.equal("setup_token" in read(path), false);
});
