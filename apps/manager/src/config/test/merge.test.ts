import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeThreeWay } from "../merge.ts";

const BASE = {
  device_name: "OB1",
  inputs: [
    { id: "cam", latency_ms: 120, passphrase: "old" },
    { id: "spare", latency_ms: 80 },
  ],
  flows: [{ id: "one", input_ids: ["cam"] }],
};
const withInputs = (...inputs: object[]) => ({ ...BASE, inputs });

test("what one side alone changed is taken from it, fields of one input from both", () => {
  const mine = withInputs({ id: "cam", latency_ms: 120, passphrase: "new" }, { id: "spare", latency_ms: 80 });
  const theirs = withInputs({ id: "spare", latency_ms: 80 }, { id: "cam", latency_ms: 240, passphrase: "old" }, { id: "more" });

  const { merged, conflicts } = mergeThreeWay(BASE, mine, theirs);
  assert.deepEqual(conflicts, []);
  assert.deepEqual(merged, withInputs({ id: "cam", latency_ms: 240, passphrase: "new" }, { id: "spare", latency_ms: 80 }, { id: "more" }));
});

test("a field that both changed is a conflict with all three values, and mine in what is merged", () => {
  const mine = withInputs({ id: "cam", latency_ms: 160, passphrase: "old" }, { id: "spare", latency_ms: 90 });
  const theirs = withInputs({ id: "cam", latency_ms: 240, passphrase: "old" }, { id: "spare", latency_ms: 80 });

  const { merged, conflicts } = mergeThreeWay(BASE, mine, theirs);
  assert.deepEqual(conflicts, [{ path: "/inputs/cam/latency_ms", base: 120, mine: 160, theirs: 240 }]);
  assert.deepEqual(merged, mine);
});

test("an input that one took out and the other changed is a conflict without a value on the one side", () => {
  const mine = withInputs({ id: "cam", latency_ms: 160, passphrase: "old" }, { id: "spare", latency_ms: 80 });
  const theirs = withInputs({ id: "spare", latency_ms: 80 });

  const { merged, conflicts } = mergeThreeWay(BASE, mine, theirs);
  assert.deepEqual(conflicts, [{ path: "/inputs/cam", base: BASE.inputs[0], mine: mine.inputs[0] }]);
  assert.deepEqual(merged["inputs"], mine.inputs);
  assert.deepEqual(mergeThreeWay(BASE, theirs, mine).merged["inputs"], theirs.inputs);
});
