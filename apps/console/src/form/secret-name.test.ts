import assert from "node:assert/strict";
import { test } from "node:test";
import { configJsonSchema } from "@bilbycast/contracts/config";
import { declarations } from "@bilbycast/transports/declarations";
import { isSecretName, jsonWithoutSecrets } from "./secret-name.ts";
import type { Schema } from "./schema.ts";

/** Names of all fields, wherever they stand in the schema, by whether they are marked. */
const marked = (schema: unknown, found = new Map<string, boolean>()): Map<string, boolean> => {
  if (typeof schema === "object" && schema !== null) {
    for (const [name, property] of Object.entries((schema as Schema).properties ?? {})) {
      found.set(name, property.secret === true || found.get(name) === true);
    }
    Object.values(schema).forEach((inner) => marked(inner, found));
  }
  return found;
};

test("every field that a node declares as secret is known by its name, and no other is", () => {
  const fields = [...marked(configJsonSchema(declarations))];
  const secrets = fields.filter(([, isMarked]) => isMarked).map(([name]) => name);

  assert.ok(secrets.includes("passphrase") && secrets.includes("stream_key") && secrets.includes("tunnel_psk"), secrets.join());
  assert.deepEqual(
    fields
      .map(([name]) => name)
      .filter(isSecretName)
      .toSorted(),
    secrets.toSorted(),
  );
});

test("the last step of a path counts, however the path is written", () => {
  assert.equal(isSecretName("outputs[0].encryption.passphrase"), true);
  assert.equal(isSecretName("/outputs/main/stream_key"), true);
  assert.equal(isSecretName("/outputs/token-ring/name"), false);
  assert.equal(isSecretName("aes_key_len"), false);
  assert.equal(isSecretName("key_refresh_rate"), false);
});

test("a whole part that is shown as JSON says of its secrets only that they are set", () => {
  const text = jsonWithoutSecrets({ id: "out", encryption: { passphrase: "correct horse", aes_key_len: 16 }, stream_key: "k" });

  assert.equal(text, '{"id":"out","encryption":{"passphrase":"set","aes_key_len":16},"stream_key":"set"}');
});
