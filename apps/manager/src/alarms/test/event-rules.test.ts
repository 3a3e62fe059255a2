import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OWN_EVENTS } from "../own-events.ts";
import { EVENT_RULES, OWN_RULES, PART_FAULTS, ruleOf } from "../event-rules.ts";

const PAGE = new URL("../../../../../docs/reference/faults.md", import.meta.url);

/** Codes of a section of the page that is generated from every declaration, with where they are from. */
const codesIn = (section: string): { code: string; from: string }[] => {
  const text = readFileSync(PAGE, "utf8").split(`# ${section}\n`)[1]?.split("\n# ")[0] ?? "";
  return [...text.matchAll(/^\| `([a-z0-9_]+)` \| ([^|]+) \|/gm)].map(([, code = "", from = ""]) => ({ code, from: from.trim() }));
};

test("every event that the product's nodes tell is classified, and every fault by which a part does not run", () => {
  const events = codesIn("Events").filter(({ from }) => from !== "manager");
  const faults = codesIn("Faults").filter(({ from }) => from !== "API" && from !== "manager's database");

  assert.ok(events.length > 50 && faults.length > 10, "the page was not found as it was expected");
  const missing = [...events, ...faults].filter(({ code }) => !Object.hasOwn(EVENT_RULES, code)).map(({ code }) => code);
  assert.deepEqual(missing, [], "say in event-rules.ts what these mean to alarms");
});

test("no rule is about a code that nothing tells", () => {
  const told = new Set([...codesIn("Events"), ...codesIn("Faults")].map(({ code }) => code));

  assert.deepEqual(
    Object.keys(EVENT_RULES).filter((code) => !told.has(code)),
    [],
  );
});

test("what a rule clears is raised by another one", () => {
  const all = { ...EVENT_RULES, ...OWN_RULES };
  const dangling = Object.entries(all).flatMap(([code, rule]) => {
    const ended = rule.does === "clears" && rule.codes !== "all" ? rule.codes : rule.does === "raises" ? (rule.ends ?? []) : [];
    return ended.filter((each) => all[each]?.does !== "raises").map((each) => `${code} ends ${each}`);
  });

  assert.deepEqual(dangling, []);
  assert.ok(PART_FAULTS.every((code) => all[code]?.does === "raises"));
});

test("every event that the manager itself tells has a rule and a sentence, and what takes its place is told by nodes", () => {
  assert.deepEqual(Object.keys(OWN_EVENTS).toSorted(), Object.keys(OWN_RULES).toSorted());
  const taken = Object.values(OWN_RULES).flatMap((rule) => (rule.does === "raises" ? (rule.unless ?? []) : []));
  assert.deepEqual(
    taken.filter((code) => EVENT_RULES[code]?.does !== "raises"),
    [],
  );
});

test("a node cannot tell what the manager alone knows", () => {
  assert.equal(ruleOf({ errorCode: "node_disconnected", severity: "critical", isOwn: false }), undefined);
  assert.equal(ruleOf({ errorCode: "node_connected", severity: "info", isOwn: false }), undefined);
});
