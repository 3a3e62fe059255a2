import assert from "node:assert/strict";
import { test } from "node:test";
import { connected } from "./link-stage.ts";

test("100,000 commands at once are all answered, once each", async (t) => {
  const { session } = await connected(t);
  const count = 100_000;

  for (let i = 0; i < count; i++) {
    session.order({ type: "test_input", input_id: i % 2 === 0 ? "a" : "nobody" }, `n-${i}`);
  }
  await session.ack(`n-${count - 1}`);

  const ids = session.all("command_ack").map(({ payload }) => payload["command_id"]);
  assert.equal(ids.length, count);
  assert.equal(new Set(ids).size, count);
});
