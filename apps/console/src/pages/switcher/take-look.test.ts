import assert from "node:assert/strict";
import { test } from "node:test";
import type { Impact, Take, TakeResult } from "@bilbycast/contracts/manager-api";
import { takeLookOf, type TakeScene } from "./take-look.ts";

const impact = (more: Partial<Impact> = {}): Impact => ({
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
const result = (node: string, state: TakeResult["state"]): TakeResult => ({
  action: { type: "activate_input", node_id: node, flow_id: "f", input_id: "i" },
  node_name: node,
  flow_name: "f",
  from_input_id: null,
  ok: state !== "failed" && state !== "pending",
  state,
  error_code: null,
  error: null,
  acknowledged_ms: null,
  verified_ms: null,
  outputs: [],
});
const takeOf = (state: Take["state"], ...results: TakeResult[]): Take => ({
  id: "t",
  group_id: "g",
  kind: "take",
  preset_id: "p",
  preset_name: "REPLAY A",
  by: "R. Kaur",
  at: "2026-10-24T15:32:08Z",
  state,
  results,
  acknowledged_ms: 40,
  verified_ms: state === "verified" ? 180.4 : null,
  can_revert: true,
  can_retry: state === "partial",
});
const scene = (more: Partial<TakeScene> = {}): TakeScene => ({
  refusal: undefined,
  isLost: false,
  lockedBy: undefined,
  pvwId: "p",
  isArmed: true,
  check: { is: "ready", impact: impact(), age: 300 },
  isEmergency: false,
  pressedFor: undefined,
  take: undefined,
  takingFor: 0,
  overFor: undefined,
  ...more,
});
const look = (more: Partial<TakeScene> = {}): string => {
  const { is, word, small } = takeLookOf(scene(more));
  return `${is} ${word} ${small}`;
};

test("armed and checked, one press takes", () => {
  assert.equal(look(), "armed TAKE Space");
});

test("a desk that is safe asks to be armed, whether or not there is something in PVW", () => {
  assert.equal(look({ isArmed: false }), "safe TAKE Hold to arm");
  assert.equal(look({ isArmed: false, pvwId: undefined }), "safe TAKE Hold to arm");
  assert.equal(look({ pvwId: undefined }), "nothing TAKE Load a key");
});

test("a check that is over two seconds old takes nothing", () => {
  assert.equal(look({ check: { is: "ready", impact: impact(), age: 2_000 } }), "armed TAKE Space");
  assert.equal(look({ check: { is: "ready", impact: impact(), age: 3_400 } }), "checking TAKE Check is 3 s old");
  assert.equal(look({ check: { is: "checking" } }), "checking TAKE Checking");
});

test("what is blocked is not taken, and what is much or warned of is held", () => {
  assert.equal(look({ check: { is: "ready", impact: impact({ is_blocked: true }), age: 0 } }), "blocked TAKE Blocked, see list");
  assert.equal(look({ check: { is: "ready", impact: impact({ outputs: 12 }), age: 0 } }), "hold TAKE 12 outputs, hold");
  assert.equal(look({ isEmergency: true }), "hold TAKE Emergency, hold");
});

test("who may not, who has no connection and who is kept out by a lock is told so", () => {
  assert.equal(look({ refusal: "Needs Operator." }), "off TAKE Needs Operator.");
  assert.equal(look({ isLost: true }), "off TAKE No connection");
  assert.equal(look({ lockedBy: "T. Okafor" }), "off TAKE Locked by T. Okafor");
});

test("a press is orange at once, then counts its nodes, and names the slow one after a second", () => {
  const take = takeOf("taking", result("NGA-OB1", "acknowledged"), result("AMS-DST1", "pending"));
  assert.equal(look({ pressedFor: 10 }), "taking TAKING Sent");
  assert.equal(look({ take, takingFor: 400 }), "taking TAKING 1 of 2 nodes");
  assert.equal(look({ take, takingFor: 1_000 }), "taking TAKING Waits for AMS-DST1");
});

test("verified stands for two seconds, and then the next take may come", () => {
  assert.equal(look({ take: takeOf("verified"), overFor: 0 }), "taken TAKEN 180 ms");
  assert.equal(look({ take: takeOf("verified"), overFor: 2_000 }), "armed TAKE Space");
});

test("whoever loads the next key while the last take is being proved, or has just been, may take it at once", () => {
  const verifying = takeOf("verifying", result("NGA-OB1", "acknowledged"));
  assert.equal(look({ take: verifying, takingFor: 300, pvwId: undefined }), "taking TAKING 0 of 1 node");
  assert.equal(look({ take: verifying, takingFor: 300, pvwId: "other" }), "armed TAKE Space");
  assert.equal(look({ take: takeOf("taking", result("NGA-OB1", "pending")), takingFor: 300, pvwId: "other" }), "taking TAKING 0 of 1 node");
  assert.equal(look({ take: takeOf("verified"), overFor: 0, pvwId: "other" }), "armed TAKE Space");
  assert.equal(look({ take: takeOf("failed"), overFor: 0, pvwId: "other" }), "armed TAKE Space");
});

test("obeyed and not seen is never called verified", () => {
  assert.equal(look({ take: takeOf("unconfirmed"), overFor: 0 }), "taken TAKEN Not verified");
});

test("partial stands until something else is in PVW", () => {
  const take = takeOf("partial", result("a", "verified"), result("b", "failed"));
  assert.equal(look({ take, overFor: 60_000 }), "partial PARTIAL 1 of 2 failed");
  assert.equal(look({ take, overFor: 60_000, pvwId: "other" }), "armed TAKE Space");
});

test("a take that failed is said, and the press is offered again", () => {
  assert.equal(look({ take: takeOf("failed"), overFor: 100 }), "failed FAILED Nothing taken");
  assert.equal(look({ take: takeOf("interrupted"), overFor: 100 }), "failed FAILED Interrupted");
  assert.equal(look({ take: takeOf("failed"), overFor: 2_100 }), "armed TAKE Space");
});
