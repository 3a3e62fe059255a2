import assert from "node:assert/strict";
import { test } from "node:test";
import type { Impact } from "@bilbycast/contracts/manager-api";
import { byNode, findingsOf, headlineOf, holdReasonOf, sentenceOf, spliceText, type ImpactAction } from "./impact-view.ts";

const action = (node: string, changes = true, findings: ImpactAction["findings"] = []): ImpactAction => ({
  action: { type: "activate_input", node_id: node, flow_id: "flow-1", input_id: "evs-a" },
  node_name: node.toUpperCase(),
  flow_name: "World feed",
  from: { input_id: "cam", name: "cam" },
  to: { input_id: "evs-a", name: "evs-a" },
  changes,
  outputs: [],
  findings,
});
const impact = (more: Partial<Impact>): Impact => ({
  preset_id: "p",
  preset_version: 1,
  checked_at: "2026-10-24T15:32:08Z",
  actions: [],
  nodes: 3,
  outputs: 9,
  changes_nothing: false,
  is_blocked: false,
  warnings: 0,
  checks: [],
  ...more,
});

test("actions stand by node, and a node is as bad as its worst finding", () => {
  const warned = { severity: "warning", code: "x", message: "y" } as const;
  const nodes = byNode(
    impact({ actions: [action("a"), action("b", true, [warned]), action("a", true, [{ ...warned, severity: "error" }])] }),
  );

  assert.deepEqual(
    nodes.map(({ name, severity, actions }) => [name, severity, actions.length]),
    [
      ["A", "error", 2],
      ["B", "warning", 1],
    ],
  );
});

test("the headline counts what will send something else, and says when nothing will", () => {
  assert.equal(headlineOf(impact({})), "9 outputs on 3 nodes");
  assert.equal(headlineOf(impact({ outputs: 1, nodes: 1 })), "1 output on 1 node");
  assert.equal(headlineOf(impact({ changes_nothing: true })), "Nothing on air will change");
});

test("the sentence says what is so already, and what makes receivers tune anew", () => {
  const bump = action("a");
  bump.action = { ...bump.action, splice_mode_override: "pmt_bump" };
  assert.equal(sentenceOf(impact({ actions: [bump, action("b", false)] })), "2 actions, 1 is so already. 1 makes receivers re-tune.");
  assert.equal(sentenceOf(impact({ actions: [action("a")] })), "1 action.");
});

test("many outputs, warnings and the emergency page ask for a hold, and nothing else does", () => {
  assert.equal(holdReasonOf(impact({ outputs: 10 }), false), undefined);
  assert.equal(holdReasonOf(impact({ outputs: 11 }), false), "11 outputs");
  assert.equal(holdReasonOf(impact({ warnings: 1 }), false), "1 warning");
  assert.equal(holdReasonOf(impact({ outputs: 1 }), true), "Emergency");
});

test("what is said twice of one node is shown once", () => {
  const late = { severity: "warning", code: "pes_splice_timeout", message: "Next IDR is late." } as const;
  assert.equal(
    findingsOf(impact({ actions: [action("a", true, [late]), action("a", true, [late]), action("b", true, [late])] }), "warning").length,
    2,
  );
});

test("a splice that the preset does not set is not guessed", () => {
  assert.equal(spliceText(action("a").action), "as configured");
});
