import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowRow, NodeCard } from "@bilbycast/contracts/manager-api";
import { orderBy } from "../../table/order.ts";
import { entriesOf, entryId, fits, inputsOf, partsOfId, SORTS, troubleOf } from "./flow-list.ts";

const node = (id: string, name: string, status: NodeCard["status"] = "online"): NodeCard => ({ id, name, status }) as NodeCard;
const flow = (name: string, more: Partial<FlowRow> = {}): FlowRow =>
  ({
    name,
    state: "running",
    health: "Healthy",
    input_id: "cam",
    inputs: [
      { id: "cam", name: "Camera", kind: "srt", state: "receiving" },
      { id: "spare", name: "Spare", kind: "udp", state: "idle" },
    ],
    outputs: 2,
    bitrate_in_bps: 18e6,
    ...more,
  }) as FlowRow;

const NODES = [node("n1", "LDN-MCR1"), node("n2", "HBR-OB1"), node("n3", "MAN-REM1", "offline")];
const ROWS: Readonly<Record<string, Readonly<Record<string, FlowRow>>>> = {
  n1: { a: flow("Good"), b: flow("Leaky", { loss_percent: 2.5 }), c: flow("Off", { state: "stopped" }) },
  n2: { "a b": flow("Sick", { health: "Error" }), d: flow("Shaky", { state: "degraded", input_id: "spare" }) },
  n3: { e: flow("Gone", { loss_percent: 90 }) },
};
const ALL = entriesOf(NODES, (id) => ROWS[id]);
const byId = new Map(ALL.map((entry) => [entry.id, entry]));
const names = (ids: readonly string[]): string => ids.map((id) => byId.get(id)?.row.name).join(" ");

test("the worst stand first, what is away after what is wrong, what is stopped last", () => {
  const ids = orderBy([...byId.keys()], (id) => troubleOf(byId.get(id) ?? assert.fail()), true);

  assert.equal(names(ids), "Sick Shaky Gone Leaky Good Off");
});

test("numbers of a node that is away are not sorted by: they are not so any more", () => {
  const loss = SORTS["loss"] ?? assert.fail();

  assert.equal(names(orderBy([...byId.keys()], (id) => loss(byId.get(id) ?? assert.fail()), true)).split(" ")[0], "Leaky");
});

test("a filter finds flows by their words, their state and the kind of what they take now", () => {
  const found = (text: string, state?: string, kind?: string): string =>
    ALL.filter((entry) => fits(entry, { text, state, kind }))
      .map(({ row }) => row.name)
      .join(" ");

  assert.equal(found("hbr"), "Sick Shaky");
  assert.equal(found("HBR spare shaky"), "Shaky");
  assert.equal(found("no data"), "Gone");
  assert.equal(found("", "off"), "Off");
  assert.equal(found("", undefined, "udp"), "Shaky");
  assert.equal(found("ldn", "good", "srt"), "Good Leaky");
});

test("a flow is known by its node and its id, whatever stands in that", () => {
  assert.deepEqual(partsOfId(entryId("n2", "a b")), { nodeId: "n2", flowId: "a b" });
});

test("what several flows can be switched to is counted by name", () => {
  const other = flow("Other", { inputs: [{ id: "x", name: "Spare", kind: "rtp", state: "idle" }] });
  const entries = [...ALL.slice(0, 2), ...entriesOf([NODES[0] ?? assert.fail()], () => ({ z: other }))];

  assert.deepEqual(inputsOf(entries), [
    { name: "Spare", count: 3 },
    { name: "Camera", count: 2 },
  ]);
});
