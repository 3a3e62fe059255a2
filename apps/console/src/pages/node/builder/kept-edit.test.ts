import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../live/merge-patch.ts";
import type { Draft } from "./draft.ts";
import { keptOf, restored } from "./kept-edit.ts";

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

  const { draft, missing } = restored(kept, CONFIG);

  assert.deepEqual(draft.outputs, DRAFT.outputs);
  assert.equal(JSON.stringify(draft.outputs), JSON.stringify(DRAFT.outputs), "with the fields in their order");
  assert.deepEqual(draft.inputs[0]?.["encryption"], { aes_key_len: 32 });
  assert.deepEqual(missing, [["inputs", 0, "encryption", "passphrase"]]);
});

test("a secret that was taken out of the draft stays out", () => {
  const [output] = DRAFT.outputs;
  assert.ok(output !== undefined);
  const { encryption: _, ...open } = output;

  assert.deepEqual(restored(keptOf("r1", { ...DRAFT, inputs: [], outputs: [open] }, CONFIG), CONFIG), {
    draft: { ...DRAFT, inputs: [], outputs: [open] },
    missing: [],
  });
});

test("a secret that the node has no more is to be typed", () => {
  const kept = keptOf("r1", DRAFT, CONFIG);

  assert.deepEqual(restored(kept, { version: 2, outputs: [] }).missing, [
    ["inputs", 0, "encryption", "passphrase"],
    ["outputs", 0, "encryption", "passphrase"],
  ]);
});
