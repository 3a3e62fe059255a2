import assert from "node:assert/strict";
import { test } from "node:test";
import { draftOf, ownDraft, type EventDraft } from "../../events/event-draft.ts";
import { MOST_OPEN, NodeConditions, type Condition } from "../conditions.ts";

const NODE = { nodeId: "n", epoch: 1n };
const NOW = Date.UTC(2026, 9, 24, 16);

const told = (code: string, severity: "info" | "warning" | "critical", more: Record<string, unknown> = {}, seconds = 0): EventDraft => {
  const { leg, ...where } = more;
  const details = { error_code: code, ...(leg === undefined ? {} : { leg }) };
  return draftOf(
    NODE,
    {
      type: "event",
      timestamp: new Date(NOW + seconds * 1_000).toISOString(),
      payload: { severity, raw_severity: severity, category: "flow", message: code, details, ...where },
    },
    NOW + seconds * 1_000,
  );
};

const after = (rows: readonly Condition[], ...drafts: EventDraft[]): Condition[] => {
  const conditions = new NodeConditions(rows);
  drafts.forEach((draft) => conditions.take(draft, draft.at));
  return [...conditions.changed];
};

const CAMERA = { flow_id: "f", input_id: "cam" };

test("a condition is one row however often it is told, and what ends it clears it", () => {
  const [row, ...others] = after(
    [],
    told("input_lost", "critical", CAMERA),
    told("input_lost", "critical", CAMERA, 5),
    told("input_regained", "info", CAMERA, 9),
  );

  assert.deepEqual(others, []);
  assert.equal(row?.count, 2);
  assert.equal(row?.isRaised, false);
  assert.equal(row?.clearedAt, NOW + 9_000);
});

test("a condition that comes again while nobody has acknowledged it is the same one", () => {
  const rows = after([], told("input_lost", "critical", CAMERA), told("input_regained", "info", CAMERA, 1));
  const again = after(rows, told("input_lost", "critical", CAMERA, 2));

  assert.equal(again[0]?.id, rows[0]?.id);
  assert.equal(again[0]?.isRaised, true);
  assert.equal(again[0]?.count, 2);
});

test("one that was acknowledged and is over is another one when it comes again, and stays shelved", () => {
  const [old] = after([], told("input_lost", "critical", CAMERA), told("input_regained", "info", CAMERA, 1));
  assert.ok(old !== undefined);
  const [fresh] = after(
    [{ ...old, isAcknowledged: true, shelvedUntil: NOW + 60_000, shelvedBy: "okafor" }],
    told("input_lost", "critical", CAMERA, 2),
  );

  assert.notEqual(fresh?.id, old.id);
  assert.equal(fresh?.count, 1);
  assert.equal(fresh?.shelvedBy, "okafor");
});

test("what happens to one part does nothing to another", () => {
  const rows = after(
    [],
    told("input_lost", "critical", CAMERA),
    told("input_lost", "critical", { flow_id: "f", input_id: "b" }),
    told("input_regained", "info", CAMERA, 1),
  );

  assert.deepEqual(
    rows.map(({ inputId, isRaised }) => [inputId, isRaised]),
    [
      ["cam", false],
      ["b", true],
    ],
  );
});

test("a leg that is back ends its own loss and that of both, not that of the other", () => {
  const rows = after(
    [],
    told("redundancy_leg_lost", "warning", { ...CAMERA, leg: 1 }),
    told("redundancy_leg_lost", "warning", { ...CAMERA, leg: 2 }),
    told("redundancy_both_lost", "critical", CAMERA),
    told("redundancy_leg_restored", "info", { ...CAMERA, leg: 1 }),
  );

  assert.deepEqual(
    rows.map(({ errorCode, isRaised }) => [errorCode, isRaised]),
    [
      ["redundancy_leg_lost", false],
      ["redundancy_leg_lost", true],
      ["redundancy_both_lost", false],
    ],
  );
});

test("a flow that is stopped has no alarms any more, and the node's own stay", () => {
  const rows = after(
    [],
    told("udp_bind_failed", "critical", CAMERA),
    told("system_resources_cpu_warning", "warning"),
    told("flow_stopped", "info", { flow_id: "f" }),
  );

  assert.deepEqual(
    rows.map(({ errorCode, isRaised }) => [errorCode, isRaised]),
    [
      ["udp_bind_failed", false],
      ["system_resources_cpu_warning", true],
    ],
  );
});

test("a worse condition takes the place of the lesser one of the same thing", () => {
  const rows = after([], told("system_resources_cpu_warning", "warning"), told("system_resources_cpu_critical", "critical", {}, 5));

  assert.deepEqual(
    rows.map(({ errorCode, isRaised, severity }) => [errorCode, isRaised, severity]),
    [
      ["system_resources_cpu_warning", false, "warning"],
      ["system_resources_cpu_critical", true, "critical"],
    ],
  );
});

test("bad news of a code that nobody knows fades, and news of it raise nothing", () => {
  const rows = after([], told("pump_overheated", "critical"), told("pump_cooled", "info"));

  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.fadesAt, NOW + 900_000);
});

test("a node that makes up codes without end opens so many conditions and no more", () => {
  const rows = after([], ...Array.from({ length: MOST_OPEN + 50 }, (_, index) => told(`made_up_${index}`, "critical")));

  assert.equal(rows.length, MOST_OPEN);
});

test("a node that goes away leaves its other alarms as they are", () => {
  const gone = ownDraft(
    NODE,
    { severity: "critical", category: "connection", message: "gone", details: { error_code: "node_disconnected" } },
    NOW,
  );
  const back = ownDraft(
    NODE,
    { severity: "info", category: "connection", message: "here", details: { error_code: "node_connected" } },
    NOW + 5,
  );
  const rows = after([], told("input_lost", "critical", CAMERA), gone, back);

  assert.deepEqual(
    rows.map(({ errorCode, isRaised }) => [errorCode, isRaised]),
    [
      ["input_lost", true],
      ["node_disconnected", false],
    ],
  );
});
