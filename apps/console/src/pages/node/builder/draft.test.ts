import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../live/merge-patch.ts";
import { draftOf, emptyDraft, flowsOf, freshId, idOf, partsOf, placeInDraft, withDraft, withoutFlow } from "./draft.ts";

const CONFIG: JsonObject = {
  version: 2,
  device_name: "OB1",
  inputs: [
    { id: "cam", type: "srt" },
    { id: "spare", type: "udp" },
    { id: "shared", type: "rtp" },
  ],
  outputs: [{ id: "mcr", type: "srt" }],
  flows: [
    { id: "one", input_ids: ["cam", "shared"], output_ids: ["mcr"] },
    { id: "two", input_ids: ["shared"], output_ids: [] },
  ],
};

const ids = (list: readonly JsonObject[]): string => list.map(idOf).join(" ");

test("a flow that is edited brings its parts and puts them back where they were", () => {
  const draft = draftOf(CONFIG, "one");
  assert.ok(draft !== undefined);
  assert.deepEqual([ids(draft.inputs), ids(draft.outputs)], ["cam shared", "mcr"]);

  assert.deepEqual(withDraft(CONFIG, draft, draft), CONFIG);
});

test("a part that is let go leaves the node, unless another flow has it", () => {
  const before = draftOf(CONFIG, "one");
  assert.ok(before !== undefined);
  const after = withDraft(CONFIG, { ...before, inputs: [], outputs: [] }, before);

  assert.deepEqual([ids(partsOf(after, "inputs")), ids(partsOf(after, "outputs"))], ["spare shared", ""]);
  assert.deepEqual(flowsOf(after)[0]?.["input_ids"], []);
});

test("a new flow is added with its parts, and nothing else is touched", () => {
  const made = withDraft(CONFIG, { flow: { id: "three", name: "Three" }, inputs: [{ id: "new", type: "srt" }], outputs: [] }, undefined);

  assert.equal(ids(flowsOf(made)), "one two three");
  assert.equal(ids(partsOf(made, "inputs")), "cam spare shared new");
  assert.equal(made["device_name"], "OB1");
  assert.equal(emptyDraft().inputs.length, 0);
});

test("a flow that goes takes the parts along that nobody else uses", () => {
  const after = withoutFlow(CONFIG, "one");

  assert.deepEqual([ids(flowsOf(after)), ids(partsOf(after, "inputs")), ids(partsOf(after, "outputs"))], ["two", "spare shared", ""]);
});

test("ids are made of names, and no two are the same", () => {
  assert.equal(freshId("Wörld feed – dirty!", []), "world-feed-dirty");
  assert.equal(freshId("Cam 1", ["cam-1", "cam-1-2"]), "cam-1-3");
  assert.equal(freshId("試験", []), "part");
});

test("what the node finds wrong is told beside the field that it means", () => {
  const draft = draftOf(CONFIG, "two");
  assert.ok(draft !== undefined);

  assert.deepEqual(placeInDraft("config.inputs[2].bind_addr", CONFIG, draft), { step: "inputs", index: 0, rest: "bind_addr" });
  assert.deepEqual(placeInDraft("body.flows[1].name", CONFIG, draft), { step: "flow", index: 0, rest: "name" });
  assert.equal(placeInDraft("inputs[0].bind_addr", CONFIG, draft), undefined);
  assert.equal(placeInDraft("server.port", CONFIG, draft), undefined);
});
