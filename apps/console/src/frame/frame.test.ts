import assert from "node:assert/strict";
import { test } from "node:test";
import { actOf, type KeyAct, type Pressed } from "./keymap.ts";
import { findEntries, type Entry } from "./palette-match.ts";

const acts: KeyAct[] = ["ctrl k", "/", "?", "g d", "g n", "a"].map((keys) => ({ keys, does: keys, act: () => undefined }));
const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrl: false,
  alt: false,
  shift: false,
  meta: false,
  isTyping: false,
  ...more,
});
const found = (pressed: Pressed, before?: { key: string; at: number }, now = 0): string | undefined =>
  actOf(acts, pressed, before, now).act?.keys;

test("a key alone, with control, and one after the other", () => {
  assert.equal(found(press("/")), "/");
  assert.equal(found(press("K", { ctrl: true })), "ctrl k");
  assert.equal(found(press("d"), { key: "g", at: 0 }, 900), "g d");
  assert.deepEqual(actOf(acts, press("g"), undefined, 5).before, { key: "g", at: 5 });
});

test("the second key is waited for a second, and no longer", () => {
  assert.equal(found(press("d"), { key: "g", at: 0 }, 1_001), undefined);
});

test("whoever types in a field types, and only control still acts", () => {
  assert.equal(found(press("a", { isTyping: true })), undefined);
  assert.equal(found(press("k", { isTyping: true, ctrl: true })), "ctrl k");
  assert.equal(found(press("a", { alt: true })), undefined);
});

const entries: Entry[] = [
  { id: "p1", kind: "Page", title: "Alarms", detail: "" },
  { id: "p2", kind: "Page", title: "Nodes", detail: "" },
  { id: "n1", kind: "Node", title: "LDN-MCR1", detail: "London master control A" },
  { id: "n2", kind: "Node", title: "NGA-OB1", detail: "Northgate Arena, truck A" },
  { id: "f1", kind: "Flow", title: "World feed dirty", detail: "NGA-OB1" },
];
const ids = (text: string, recent: string[] = []): string =>
  findEntries(entries, text, recent)
    .map(({ id }) => id)
    .join(" ");

test("what begins like the text comes first, then what holds it", () => {
  assert.equal(ids("nga"), "n2 f1");
  assert.equal(ids("truck nga"), "n2");
  assert.equal(ids("feed dirty"), "f1");
  assert.equal(ids("mcr"), "n1");
  assert.equal(ids("(("), "");
});

test("without a text the recent ones stand first and then the pages", () => {
  assert.equal(ids("", ["f1", "gone"]), "f1 p1 p2");
});
