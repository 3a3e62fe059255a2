import assert from "node:assert/strict";
import { test } from "node:test";
import { draftOf } from "../event-draft.ts";
import { EventIntake } from "../event-intake.ts";
import { EventQueue } from "../event-queue.ts";
import { EVENTS_PER_MINUTE, StormGate } from "../storm-gate.ts";

const NODE = { nodeId: "n", epoch: 1n };
const draft = (message: string, severity: "info" | "warning" | "critical" = "info", nodeId = "n") =>
  draftOf({ ...NODE, nodeId }, { type: "event", payload: { severity, raw_severity: severity, category: "c", message, details: {} } }, 0);

test("a storm is told once, counted, and its last word on each thing comes in when the minute is over", () => {
  const gate = new StormGate<string>();
  const passages = Array.from({ length: EVENTS_PER_MINUTE + 500 }, (_, index) => gate.take(`event ${index}`, `thing ${index % 2}`, 1_000));

  assert.equal(passages.filter((passage) => passage === "pass").length, EVENTS_PER_MINUTE);
  assert.equal(passages.filter((passage) => passage === "first").length, 1);
  assert.equal(gate.over(30_000), undefined);
  assert.deepEqual(gate.over(61_000), { suppressed: 498, last: ["event 1498", "event 1499"] });
  assert.equal(gate.over(130_000), undefined);
});

test("a node at its limit does not silence another", () => {
  const kept: string[] = [];
  const intake = new EventIntake(({ nodeId, message }) => kept.push(`${nodeId} ${message.slice(0, 5)}`));
  const say = (nodeId: string): void =>
    intake.listener.onMessage?.(
      { node: { ...NODE, nodeId } } as never,
      { type: "event", payload: { severity: "info", raw_severity: "info", category: "c", message: "hello", details: {} } } as never,
    );
  for (let index = 0; index < 3_000; index++) {
    say("loud");
  }
  say("quiet");

  assert.equal(kept.filter((line) => line === "loud hello").length, EVENTS_PER_MINUTE);
  assert.equal(kept.filter((line) => line === "loud The n").length, 1);
  assert.equal(kept.at(-1), "quiet hello");
});

test("a full queue gives up the least: an info before a warning, the oldest before the newest", () => {
  const queue = new EventQueue({ events: 3, bytes: 1_000_000 });
  queue.add(draft("first", "critical"));
  queue.add(draft("second", "info", "other"));
  queue.add(draft("third", "warning"));
  queue.add(draft("fourth", "critical"));
  queue.add(draft("fifth", "info"));
  queue.add(draft("sixth", "critical"));

  assert.deepEqual(
    queue.take(10).map(({ message }) => message),
    ["third", "fourth", "sixth"],
  );
  assert.deepEqual([...queue.losses()].toSorted(), [
    ["n", 2],
    ["other", 1],
  ]);
  assert.equal(queue.dropped, 3);
  assert.equal(queue.losses().size, 0);
});

test("texts of a node are cut to their bounds, and what no row can hold is replaced", () => {
  const kept = draftOf(
    NODE,
    {
      type: "event",
      timestamp: "2999-01-01T00:00:00Z",
      payload: {
        severity: "warning",
        raw_severity: "warning",
        category: "c".repeat(1_000),
        message: `\u0000${"m".repeat(20_000)}`,
        details: { error_code: "e".repeat(500), much: "x".repeat(100_000) },
        flow_id: "f".repeat(500),
      },
    },
    1_000,
  );

  assert.equal(kept.at, 1_000);
  assert.equal(kept.category.length, 256);
  assert.equal(kept.message.length, 10_000);
  assert.ok(!kept.message.includes("\u0000"));
  assert.equal(kept.errorCode?.length, 128);
  assert.equal(kept.flowId?.length, 64);
  assert.ok(kept.details.length < 1_000);
});
