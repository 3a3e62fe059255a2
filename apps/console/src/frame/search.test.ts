import assert from "node:assert/strict";
import { test } from "node:test";
import { safeNext, texts } from "./search.ts";

test("of an address only what the page knows is taken, and only texts", () => {
  assert.deepEqual(texts("view", "filter")({ view: "cards", other: "x", filter: 5 }), { view: "cards" });
});

test("after the login one goes to a page of this console and nowhere else", () => {
  assert.equal(safeNext("/nodes/1/flows?flow=a"), "/nodes/1/flows?flow=a");
  for (const bad of [
    undefined,
    "",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/login?next=/login",
    "/a\nb",
    "/a\\b",
  ]) {
    assert.equal(safeNext(bad), "/dashboard");
  }
});
