import assert from "node:assert/strict";
import { test } from "node:test";
import type { Preset } from "@bilbycast/contracts/manager-api";
import { markOf, markText, refusalOf, tallyOf, tallyText, type KeyNode } from "./key-look.ts";

const bus = (id: string) => ({ preset_id: id, by: "R. Kaur", at: "2026-10-24T15:32:08Z" });
const desk = (pgm: string | null, pvw: string | null) => ({
  pgm: pgm === null ? null : { preset_id: pgm, since: "2026-10-24T15:32:08Z", by: "R. Kaur", take_id: null, state: "on_air" as const },
  pvw: pvw === null ? null : bus(pvw),
});
const preset = (state: Preset["match"]["state"], differs: number, ...nodes: string[]): Pick<Preset, "actions" | "match"> => ({
  actions: nodes.map((node) => ({ type: "activate_input" as const, node_id: node, flow_id: "f", input_id: "i" })),
  match: { state, differs, actions: [] },
});
const well: KeyNode = { name: "NGA-OB1", isOnline: true, mayOperate: true };
const mark = (of: ReturnType<typeof preset>, nodes: Record<string, KeyNode | undefined> = {}): string =>
  markText(markOf(of, (id) => (id in nodes ? nodes[id] : well)));

test("red is on air and green is next, and one preset may be both", () => {
  assert.equal(tallyOf(desk("a", "b"), undefined, "a"), "pgm");
  assert.equal(tallyOf(desk("a", "b"), undefined, "b"), "pvw");
  assert.equal(tallyOf(desk("a", "a"), undefined, "a"), "both");
  assert.equal(tallyOf(undefined, undefined, "a"), "none");
});

test("a press is orange at once, and red stays where it is until the desk moves it", () => {
  assert.equal(tallyOf(desk("a", "b"), "b", "b"), "taking");
  assert.equal(tallyOf(desk("a", "b"), "b", "a"), "pgm");
});

test("what stands against a preset goes before how it stands to the plant", () => {
  const of = preset("matches", 0, "n1", "n2");
  assert.equal(mark(of), "as now");
  assert.equal(mark(of, { n2: { ...well, isOnline: false } }), "node offline");
  assert.equal(mark(of, { n1: { ...well, isOnline: false }, n2: { ...well, mayOperate: false } }), "no right");
  assert.equal(mark(of, { n1: undefined }), "no right");
  const gone = { ...of, match: { ...of.match, actions: [{ state: "unknown" as const, active_input_id: null, reason: "node_gone" }] } };
  assert.equal(mark(gone, { n1: undefined }), "node gone");
});

test("a preset of which a part differs says how much, and one that is wholly another says nothing", () => {
  assert.equal(mark(preset("differs", 1, "n", "n", "n")), "1 differs");
  assert.equal(mark(preset("differs", 2, "n", "n", "n")), "2 differ");
  assert.equal(mark(preset("differs", 2, "n", "n")), "");
  assert.equal(mark(preset("unknown", 0, "n")), "not known");
});

test("who may not operate a node reads which, and whom to ask", () => {
  const refused = markOf(preset("matches", 0, "n"), () => ({ ...well, name: "AMS-DST1", mayOperate: false }));
  assert.equal(refusalOf(refused, "Meridian Sport"), "Needs Operate on AMS-DST1. Ask an admin of Meridian Sport.");
  assert.equal(refusalOf({ is: "offline", node: "x" }, "g"), undefined);
});

test("a bus is spoken in words", () => {
  assert.equal(tallyText("both"), "on air and in preview");
  assert.equal(tallyText("none"), "");
});
