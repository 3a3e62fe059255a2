import assert from "node:assert/strict";
import { test } from "node:test";
import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";
import { EventQueue } from "../src/node-link/event-queue.ts";

const event = (sequence: number, severity: EdgeEventRecord["severity"] = "info"): EdgeEventRecord => ({
  sequence,
  severity,
  time: "2026-01-01T00:00:00.000Z",
  category: "flow",
  message: "m",
  details: { error_code: "c" },
});
const queueOf = (capacity: number, ...events: EdgeEventRecord[]): EventQueue => {
  const queue = new EventQueue(capacity);
  events.forEach((each) => queue.push(each));
  return queue;
};
const sent = (queue: EventQueue): number[] => {
  const numbers: number[] = [];
  for (let entry = queue.next(); entry !== undefined; entry = queue.next()) {
    numbers.push(entry.event.sequence);
  }
  return numbers;
};

test("an event that is not confirmed is sent again on the next connection, one that is is not", () => {
  const queue = queueOf(10, event(1), event(2), event(3));
  assert.deepEqual(sent(queue), [1, 2, 3]);
  queue.confirm(2);

  queue.rewind();

  assert.deepEqual(sent(queue), [3]);
});

test("a confirmation of what was not sent confirms nothing", () => {
  const queue = queueOf(10, event(1), event(2));
  queue.next();

  queue.confirm(99);

  assert.equal(queue.size, 1);
  assert.deepEqual(sent(queue), [2]);
});

test("when it is full the oldest info goes, then the oldest warning, then the oldest, and each is counted", () => {
  const queue = queueOf(3, event(1, "critical"), event(2, "warning"), event(3));

  queue.push(event(4, "critical"));
  queue.push(event(5, "critical"));
  queue.push(event(6, "info"));

  assert.deepEqual([sent(queue), queue.dropped], [[4, 5, 6], 3]);
});

test("what is given up after it was sent does not hide what was not", () => {
  const queue = queueOf(3, event(1), event(2), event(3));
  queue.next();

  queue.push(event(4));

  assert.deepEqual(sent(queue), [2, 3, 4]);
});
