import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../live/merge-patch.ts";
import type { Draft } from "./draft.ts";
import { emptySecrets, keptOf, restored, withoutEmptySecrets } from "./kept-edit.ts";

const CONFIG: JsonObject = {
  version: 2,
  outputs: [
    { id: "first", type: "udp" },
    { id: "mcr", type: "srt", encryption: { passphrase: "what the node has", aes_key_len: 16 }, latency_ms: 120 },
  ],
};

const DRAFT: Draft = {
  flow: { id: "one", name: "One" },
  inputs: [{ id: "cam", type: "srt", encryption: { passphrase: "just typed", aes_key_len: 32 }, local_addr: "0.0.0.0:9000" }],
  outputs: [{ id: "mcr", type: "srt", encryption: { passphrase: "what the node has", aes_key_len: 16 }, latency_ms: 200 }],
};

test("no secret of a draft lies on the device, neither a typed one nor one of the node", () => {
  const kept = JSON.stringify(keptOf("r1", DRAFT, CONFIG));

  assert.doesNotMatch(kept, /just typed|what the node has/);
  assert.match(kept, /0\.0\.0\.0:9000/);
});

test("the edit goes on with the secrets that the node has, and names those that are to be typed again", () => {
  const kept = JSON.parse(JSON.stringify(keptOf("r1", DRAFT, CONFIG))) as ReturnType<typeof keptOf>;

  const draft = restored(kept, CONFIG);

  assert.equal(JSON.stringify(draft.outputs), JSON.stringify(DRAFT.outputs), "with the fields in their order");
  assert.deepEqual(draft.inputs[0]?.["encryption"], { passphrase: "", aes_key_len: 32 });
  assert.deepEqual(emptySecrets(draft), [["inputs", 0, "encryption", "passphrase"]]);
  assert.deepEqual(withoutEmptySecrets(draft).inputs[0]?.["encryption"], { aes_key_len: 32 });
});

test("what is not typed again is asked for again, however often the sheet is closed and whatever goes before it", () => {
  const once = restored(keptOf("r1", { ...DRAFT, inputs: [{ id: "first", type: "udp" }, ...DRAFT.inputs] }, CONFIG), CONFIG);
  const twice = restored(keptOf("r1", { ...once, inputs: once.inputs.slice(1) }, CONFIG), CONFIG);

  assert.deepEqual(emptySecrets(once), [["inputs", 1, "encryption", "passphrase"]]);
  assert.deepEqual(emptySecrets(twice), [["inputs", 0, "encryption", "passphrase"]]);
});

test("a secret that was taken out of the draft stays out", () => {
  const [output] = DRAFT.outputs;
  assert.ok(output !== undefined);
  const { encryption: _, ...open } = output;
  const draft = { ...DRAFT, inputs: [], outputs: [open] };

  assert.deepEqual(restored(keptOf("r1", draft, CONFIG), CONFIG), draft);
});

test("a secret that the node has no more is to be typed", () => {
  const draft = restored(keptOf("r1", DRAFT, CONFIG), { version: 2, outputs: [] });

  assert.deepEqual(emptySecrets(draft), [
    ["inputs", 0, "encryption", "passphrase"],
    ["outputs", 0, "encryption", "passphrase"],
  ]);
});
