import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../live/merge-patch.ts";
import { isComplete, withChoices, type Choices } from "./merge.ts";

const MERGED: JsonObject = {
  inputs: [
    { id: "cam", latency_ms: 160, passphrase: "mine" },
    { id: "a/b", port: 1 },
  ],
  flows: [{ id: "one" }],
};
const chosen = (...paths: string[]): Choices => new Map(paths.map((path) => [path, "theirs"]));

test("a field that was chosen of the node is the node's, and every other stays mine and where it was", () => {
  const conflicts = [
    { path: "/inputs/cam/latency_ms", theirs: 240 },
    { path: "/inputs/a~1b/port", theirs: 2 },
    { path: "/inputs/cam/passphrase", theirs: "theirs" },
  ];
  const before = structuredClone(MERGED);

  assert.deepEqual(withChoices(MERGED, conflicts, chosen("/inputs/cam/latency_ms", "/inputs/a~1b/port")), {
    inputs: [
      { id: "cam", latency_ms: 240, passphrase: "mine" },
      { id: "a/b", port: 2 },
    ],
    flows: [{ id: "one" }],
  });
  assert.deepEqual(withChoices(MERGED, conflicts, new Map()), MERGED);
  assert.deepEqual(MERGED, before);
});

test("what the node took out goes, and what it has and I took out comes back", () => {
  assert.deepEqual(withChoices(MERGED, [{ path: "/inputs/cam" }], chosen("/inputs/cam"))["inputs"], [{ id: "a/b", port: 1 }]);
  assert.deepEqual(withChoices(MERGED, [{ path: "/inputs/cam/passphrase" }], chosen("/inputs/cam/passphrase"))["inputs"], [
    { id: "cam", latency_ms: 160 },
    { id: "a/b", port: 1 },
  ]);
  assert.deepEqual(withChoices(MERGED, [{ path: "/flows/two", theirs: { id: "two" } }], chosen("/flows/two"))["flows"], [
    { id: "one" },
    { id: "two" },
  ]);
});

test("a path that leads nowhere changes nothing, and a choice is whole when every field has one", () => {
  assert.deepEqual(withChoices(MERGED, [{ path: "/flows/one/x/y", theirs: 1 }], chosen("/flows/one/x/y")), MERGED);
  assert.equal(isComplete([{ path: "/a" }, { path: "/b" }], chosen("/a")), false);
  assert.equal(isComplete([{ path: "/a" }, { path: "/b" }], new Map([...chosen("/a"), ["/b", "mine"]])), true);
});
