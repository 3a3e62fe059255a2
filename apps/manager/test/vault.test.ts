import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import { Vault, type Domain, type Place } from "../src/vault/vault.ts";

const MASTER = new Uint8Array(randomBytes(32));
const PLACE: Place = { table: "node_configs", column: "config_enc", row: "n1" };
const SECRETS = ["", "x", "Größe 🎥", "{}", "x".repeat(200_000)];

const refusesToOpen = (vault: Vault, sealed: string, domain: Domain = "node-config", place = PLACE): void =>
  assert.throws(
    () => vault.open(domain, place, sealed),
    (error: unknown) => {
      assert.ok(isFault(error) && error.code === "secret_unreadable", String(error));
      assert.doesNotMatch(JSON.stringify(error), /a secret to keep/);
      return true;
    },
  );

test("what is sealed opens where it was sealed, and is another text each time", () => {
  const vault = new Vault(MASTER);
  for (const secret of SECRETS) {
    const [first, second] = [vault.seal("node-config", PLACE, secret), vault.seal("node-config", PLACE, secret)];
    assert.equal(vault.open("node-config", PLACE, first), secret);
    assert.notEqual(first, second);
    assert.match(first, /^v2:[0-9a-f]{8}:[A-Za-z0-9+/]+=*$/);
    assert.equal(new Vault(MASTER).open("node-config", PLACE, second), secret, "after a restart as well");
  }
});

test("it opens nowhere else: not for another purpose, in another row, column or table, nor with another key", () => {
  const vault = new Vault(MASTER);
  const sealed = vault.seal("node-config", PLACE, "a secret to keep");

  for (const domain of ["node-secret", "tunnel", "mfa", "ai-key"] as const) {
    refusesToOpen(vault, sealed, domain);
  }
  for (const place of [
    { ...PLACE, row: "n2" },
    { ...PLACE, column: "other_enc" },
    { ...PLACE, table: "node_config_snapshots" },
    // No two places make one text together.
    { table: "node_configsconfig_enc", column: "", row: "n1" },
  ]) {
    refusesToOpen(vault, sealed, "node-config", place);
  }
  refusesToOpen(new Vault(new Uint8Array(randomBytes(32))), sealed);
});

test("a text that was touched anywhere does not open", () => {
  const vault = new Vault(MASTER);
  const sealed = vault.seal("node-config", PLACE, "a secret to keep");
  const [form = "", id = "", body = ""] = sealed.split(":");
  const bytes = Buffer.from(body, "base64");
  for (let i = 0; i < bytes.length; i++) {
    const touched = Buffer.from(bytes);
    touched[i] = (touched[i] ?? 0) ^ 1;
    refusesToOpen(vault, `${form}:${id}:${touched.toString("base64")}`);
  }
  for (let length = 0; length < bytes.length; length += 7) {
    refusesToOpen(vault, `${form}:${id}:${bytes.subarray(0, length).toString("base64")}`);
  }
  for (const other of ["", "v1:abc", "v2", "v2:", `v2:${id}`, `v2:${id}:`, `v3:${id}:${body}`, body, "🎥"]) {
    refusesToOpen(vault, other);
  }
});

test("the parts of two sealed texts do not make a third", () => {
  const vault = new Vault(MASTER);
  const [a, b] = [vault.seal("node-config", PLACE, "a secret to keep"), vault.seal("node-config", PLACE, "another secret")].map((sealed) =>
    Buffer.from(sealed.split(":")[2] ?? "", "base64"),
  );
  const head = 12 + 32 + 16;
  const mixed = Buffer.concat([a?.subarray(0, head) ?? Buffer.alloc(0), b?.subarray(head) ?? Buffer.alloc(0)]);

  refusesToOpen(vault, `v2:${vault.keyId}:${mixed.toString("base64")}`);
});

test("a fingerprint is the same for the same token, and another for another purpose, token or key", () => {
  const vault = new Vault(MASTER);
  const own = vault.fingerprint("api-token", "t");
  const others = [
    vault.fingerprint("node-secret", "t"),
    vault.fingerprint("registration-token", "t"),
    vault.fingerprint("csrf", "t"),
    vault.fingerprint("api-token", "u"),
    new Vault(new Uint8Array(randomBytes(32))).fingerprint("api-token", "t"),
  ];

  assert.match(own, /^[0-9a-f]{64}$/);
  assert.equal(new Vault(MASTER).fingerprint("api-token", "t"), own);
  assert.equal(new Set([own, ...others]).size, 6);
});

test("a key of another length is no master key", () => {
  for (const length of [0, 16, 31, 33, 64]) {
    assert.throws(() => new Vault(new Uint8Array(length)), /32 bytes/);
  }
});
