import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { daysOf, keepDays } from "../../database/day-partitions.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";
import { packStep } from "../packed-row.ts";
import { writeRows } from "../recorder.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const FLOW = {
  flow_id: "f",
  flow_name: "f",
  state: "running",
  health: "Warning",
  inputs_live: [],
  outputs: [],
  input: { bitrate_bps: 1_000, packets_lost: 1 },
};

const shared = testManager().then(async (manager) => {
  await addPerson(manager.database, "root", {}, "super_admin");
  return { manager, root: await TestClient.loggedIn(manager, "root") };
});

const historyOf = async (client: TestClient, id: string, from: number, to: number): Promise<Record<string, unknown>> =>
  (await client.get(`/nodes/${id}/stats-history?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`)).body;

test("what a node told in a step is a row, a step without a word a gap", async () => {
  const { manager, root } = await shared;
  const known = await addNode(manager, "HIS-1");
  const node = await TestNode.connect(manager, known);
  node.stats([FLOW], { system_resources: { cpu_percent: 25, ram_percent: 50 } });
  await eventually(() => manager.states.get(known.id)?.summary !== undefined);
  const end = Math.floor(Date.now() / 30_000) * 30_000;
  await manager.watch.history.close(end + 500);
  const seen = await historyOf(root, known.id, end - 60_000, end - 1);

  assert.equal(seen["step_seconds"], 30);
  assert.deepEqual(seen["at"], [new Date(end - 60_000).toISOString(), new Date(end - 30_000).toISOString()]);
  assert.deepEqual(seen["cpu_percent"], [null, 25]);
  assert.deepEqual(seen["flows"], [
    {
      flow_id: "f",
      bitrate_in_bps: [null, 1_000],
      bitrate_out_bps: [null, null],
      packets_lost: [null, 0],
      rtt_ms: [null, null],
      health: [null, 1],
    },
  ]);
  assert.equal((await root.get(`/nodes/${known.id}/stats-history?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z`)).status, 400);
});

test("of two instances that write a step of one node the later connection is believed, in whatever order they come", async () => {
  const { manager } = await shared;
  const { id } = await addNode(manager, "HIS-2");
  const at = new Date(Math.floor(Date.now() / 30_000) * 30_000);
  const body = (cpuPercent: number): Buffer => packStep({ cpuPercent, ramPercent: null, flows: [] });
  await writeRows(manager.app, "history_30s", { at, ids: [id], epochs: ["1"], bodies: [body(1)] });
  await writeRows(manager.app, "history_30s", { at, ids: [id], epochs: ["3"], bodies: [body(3)] });
  await writeRows(manager.app, "history_30s", { at, ids: [id], epochs: ["2"], bodies: [body(2)] });
  const { rows } = await sql<{
    epoch: string;
    body: Buffer;
  }>`select epoch::text as epoch, body from history_30s where node_id = ${id}`.execute(manager.database.queries);

  assert.deepEqual(
    rows.map(({ epoch }) => epoch),
    ["3"],
  );
  assert.deepEqual(rows[0]?.body, body(3));
});

test("five minutes of short steps become a long one, those that were missed too, and by two instances once", async () => {
  const { manager, root } = await shared;
  const other = await testManager({ on: manager.testDatabase });
  const { id } = await addNode(manager, "HIS-3");
  const start = Math.floor((Date.now() - 40 * MINUTE) / (5 * MINUTE)) * 5 * MINUTE;
  for (const minute of [0, 1, 20]) {
    const body = packStep({ cpuPercent: 10 + minute, ramPercent: null, flows: [] });
    await writeRows(manager.app, "history_30s", { at: new Date(start + minute * MINUTE), ids: [id], epochs: ["1"], bodies: [body] });
  }
  await Promise.all([manager.watch.rollUp.run(Date.now()), other.watch.rollUp.run(Date.now())]);
  await manager.watch.rollUp.run(Date.now());
  const { rows } = await sql<{ at: Date }>`select at from history_5m where node_id = ${id} order by at`.execute(manager.database.queries);

  assert.deepEqual(
    rows.map(({ at }) => at.getTime()),
    [start, start + 20 * MINUTE],
  );
  const long = await historyOf(root, id, start - 2 * DAY, Date.now());
  const cpu = long["cpu_percent"] as (number | null)[];
  const at = long["at"] as string[];
  assert.equal(long["step_seconds"], 300);
  assert.equal(cpu[at.indexOf(new Date(start).toISOString())], 10.5);
  assert.equal(cpu[at.indexOf(new Date(start + 5 * MINUTE).toISOString())], null);
});

test("days are made ahead and dropped when they are old, also when many were missed, and by two instances at once", async () => {
  const { manager } = await shared;
  const now = Date.now();
  const later = now + 40 * DAY;
  const today = Math.floor(later / DAY);
  const other = await testManager({ on: manager.testDatabase });
  await Promise.all([manager, other].map(({ watch }) => watch.upkeep.run(later)));
  const days = await manager.database.transaction((tx) => daysOf(tx, "events"));

  assert.ok(Array.from({ length: 15 }, (_, index) => today - 7 + index).every((day) => days.has(day)));
  assert.ok([...days].every((day) => day >= today - 30));
  // Back to the present for the tests that follow.
  await manager.database.transaction((tx) => keepDays(tx, "events", { pastDays: 7, keepDays: 30 }, now));
  await manager.watch.upkeep.run(now);
});
