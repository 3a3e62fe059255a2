import assert from "node:assert/strict";
import { test } from "node:test";
import { actOf } from "../../frame/keymap.ts";
import { deskActOf, isGuarded, KEY_LINES, LETTERS, type Pressed } from "./desk-keys.ts";

const press = (code: string, more: Partial<Pressed> = {}) =>
  deskActOf({ code, key: "", ctrl: false, alt: false, shift: false, meta: false, ...more });

test("the rows of keys are the rows of the keyboard", () => {
  assert.deepEqual(press("Digit1"), { does: "load", place: 0 });
  assert.deepEqual(press("Digit8"), { does: "load", place: 7 });
  assert.deepEqual(press("KeyQ"), { does: "load", place: 8 });
  assert.deepEqual(press("KeyI"), { does: "load", place: 15 });
  assert.deepEqual(press("KeyA"), { does: "load", place: 16 });
  assert.deepEqual(press("KeyK"), { does: "load", place: 23 });
  assert.equal(LETTERS.join(""), "12345678QWERTYUIASDFGHJK");
});

test("the place of a key counts and not what is printed on it", () => {
  assert.deepEqual(press("KeyY", { key: "z" }), { does: "load", place: 13 });
  assert.deepEqual(press("KeyA", { key: "q" }), { does: "load", place: 16 });
});

test("with shift a key is only looked at, with alt it goes to air, with both it does nothing", () => {
  assert.deepEqual(press("KeyQ", { shift: true }), { does: "look", place: 8 });
  assert.deepEqual(press("KeyQ", { alt: true }), { does: "air", place: 8 });
  assert.equal(press("KeyQ", { alt: true, shift: true }), undefined);
});

test("keys that belong to the browser or the console are let through", () => {
  assert.equal(press("KeyK", { ctrl: true, key: "k" }), undefined);
  assert.equal(press("Digit1", { meta: true }), undefined);
  assert.equal(press("Digit9"), undefined);
  assert.equal(press("Slash", { shift: true, key: "?" }), undefined);
  assert.equal(press("Tab", { alt: true }), undefined);
});

test("undo is where Z is printed, and where it would be on other alphabets", () => {
  assert.deepEqual(press("KeyY", { ctrl: true, key: "z" }), { does: "revert" });
  assert.deepEqual(press("KeyZ", { ctrl: true, key: "я" }), { does: "revert" });
  assert.equal(press("KeyZ", { ctrl: true, key: "y" }), undefined);
  assert.deepEqual(press("KeyZ", { ctrl: true, shift: true, key: "Z" }), { does: "look-at-revert" });
  assert.equal(press("KeyZ", { ctrl: true, alt: true, key: "z" }), undefined);
});

test("take, clear, lock, pages and panes", () => {
  assert.deepEqual(press("Space"), { does: "take" });
  assert.deepEqual(press("Escape"), { does: "clear" });
  assert.deepEqual(press("KeyL"), { does: "lock" });
  assert.deepEqual(press("Tab", { shift: true }), { does: "turn", by: -1 });
  assert.deepEqual(press("F5"), { does: "page", index: 4 });
  assert.deepEqual(press("F6"), { does: "pane", by: 1 });
  assert.equal(press("F9"), undefined);
});

test("a second press for the same within 0.3 s is the same press; for something else it is not", () => {
  const last = { what: "take a", at: 1_000 };
  assert.equal(isGuarded(undefined, { what: "take a", at: 0 }), false);
  assert.equal(isGuarded(last, { what: "take a", at: 1_299 }), true);
  assert.equal(isGuarded(last, { what: "take a", at: 1_300 }), false);
  assert.equal(isGuarded(last, { what: "take b", at: 1_050 }), false);
});

test("the lines of the sheet of keys are no keys of the console: there nothing is done, and nothing is kept from the browser", () => {
  const acts = KEY_LINES.map(([keys, does]) => ({ keys, does, act: () => undefined }));
  for (const key of ["Tab", "F1", "F6", "Escape", " ", "l", "1", "q", "Enter", "ArrowLeft"]) {
    assert.equal(
      actOf(acts, { key, ctrl: false, alt: false, shift: false, meta: false, isTyping: false }, undefined, 0).act,
      undefined,
      key,
    );
  }
});
