import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyDraft, inputFor, mergeDrafts, problemsOf, withInput, withSplice, type PresetDraft } from "./preset-draft.ts";
import { sourcesOf } from "./sources.ts";

const NODE = "00000000-0000-4000-8000-000000000005";
const draft = (more: Partial<PresetDraft> = {}): PresetDraft => ({
  ...emptyDraft("p1", 3),
  name: "Camera 1",
  short_label: "CAM 1",
  ...more,
});
const codes = (of: PresetDraft): string[] => problemsOf(of).map(({ code }) => code);

test("one flow carries one input: another choice takes the place of the one before", () => {
  const once = withInput(draft(), NODE, "f1", "a");
  const twice = withInput(withInput(once, NODE, "f2", "x"), NODE, "f1", "b");

  assert.deepEqual(
    twice.actions.map((action) => (action.type === "activate_input" ? action.input_id : "")),
    ["b", "x"],
  );
  assert.equal(inputFor(twice, NODE, "f1"), "b");
  assert.equal(inputFor(withInput(twice, NODE, "f1", undefined), NODE, "f1"), undefined);
});

test("a splice is kept with its flow when the input changes, and default takes it away", () => {
  const spliced = withSplice(withInput(draft(), NODE, "f1", "a"), NODE, "f1", "pes_aligned");
  assert.equal(withInput(spliced, NODE, "f1", "b").actions[0]?.splice_mode_override, "pes_aligned");
  assert.deepEqual(Object.keys(withSplice(spliced, NODE, "f1", undefined).actions[0] ?? {}), ["type", "node_id", "flow_id", "input_id"]);
});

test("what would be refused is said before it is sent", () => {
  assert.deepEqual(codes(draft({ name: " ", short_label: "TOO LONG 9" })), ["name_missing", "label_length", "actions_missing"]);
  assert.deepEqual(codes(withInput(draft(), NODE, "f1", "a")), []);
  const action = { type: "activate_input", node_id: NODE, flow_id: "f1", input_id: "a" } as const;
  assert.deepEqual(codes(draft({ actions: [action, { ...action, input_id: "b" }] })), ["preset_contradicts"]);
});

test("a label is counted in letters, whatever they are made of", () => {
  assert.deepEqual(codes(withInput(draft({ short_label: "🎥🎥🎥🎥🎥🎥🎥🎥" }), NODE, "f1", "a")), []);
});

test("two people who change different fields are merged, and the same field is asked about", () => {
  const base = draft();
  const { merged, conflicts } = mergeDrafts(base, { ...base, name: "Mine", color: "blue" }, { ...base, name: "Theirs", position: 9 });

  assert.deepEqual([merged.name, merged.color, merged.position], ["Mine", "blue", 9]);
  assert.deepEqual(conflicts, [{ field: "name", was: "Camera 1", mine: "Mine", theirs: "Theirs" }]);
});

test("who changed a field alike is not asked", () => {
  const base = draft();
  assert.deepEqual(mergeDrafts(base, { ...base, name: "Same" }, { ...base, name: "Same" }).conflicts, []);
});

test("flows and their inputs are read from what the node reported, whatever is missing in it", () => {
  const config = {
    inputs: [{ id: "a", name: "Camera", type: "srt" }, { name: "no id" }],
    flows: [{ id: "f", input_ids: ["a", "gone"], output_ids: ["o"] }, { name: "no id" }, 7],
  };
  assert.deepEqual(sourcesOf(config), [
    {
      id: "f",
      name: "f",
      inputs: [
        { id: "a", name: "Camera", kind: "srt" },
        { id: "gone", name: "gone", kind: "" },
      ],
      outputs: 1,
      hasSlots: false,
    },
  ]);
  assert.deepEqual(sourcesOf(undefined), []);
  assert.deepEqual(sourcesOf({ flows: "x" }), []);
});
