import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "@bilbycast/engine/flow";
import { eventSchema } from "@bilbycast/contracts/edge-api";
import { EventLog } from "../src/event-log.ts";

const event = (severity: EngineEvent["severity"], message: string): EngineEvent => ({
  severity,
  category: "flow",
  code: "flow_tested",
  message,
});
const AT = new Date(0);
const messages = (log: EventLog, after = 0, limit = 100): string[] => log.after(after, limit).map((entry) => entry.message);

test("a full log gives up the oldest info first, then the oldest warning, then the oldest of all", () => {
  const log = new EventLog({ capacity: 3 });
  for (const [severity, message] of [
    ["warning", "w"],
    ["info", "i"],
    ["critical", "c"],
    ["critical", "d"],
    ["critical", "e"],
    ["critical", "f"],
  ] as const) {
    log.record(event(severity, message), AT);
  }

  assert.deepEqual(messages(log), ["d", "e", "f"]);
  assert.equal(log.dropped, 3);
});

test("a reader gets what is behind the number that it knows, the newest when there is more", () => {
  const log = new EventLog();
  for (const message of ["a", "b", "c", "d"]) {
    log.record(event("info", message), AT);
  }

  assert.deepEqual(messages(log, 2), ["c", "d"]);
  assert.deepEqual(messages(log, 0, 2), ["c", "d"]);
});

test("an event has the form of the contract, its code as the key for machines", () => {
  const log = new EventLog();
  log.record({ ...event("critical", "x"), flowId: "f", outputId: "o", details: { address: "1.2.3.4:5" } }, AT);

  assert.deepEqual(eventSchema.parse(log.after(0, 1)[0]), {
    sequence: 1,
    time: "1970-01-01T00:00:00.000Z",
    severity: "critical",
    category: "flow",
    message: "x",
    flow_id: "f",
    output_id: "o",
    details: { address: "1.2.3.4:5", error_code: "flow_tested" },
  });
});
