import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import type { ManagerSession } from "@bilbycast/testkit/manager";
import { integer, seeded } from "@bilbycast/testkit/random";
import { linkStage } from "./link-stage.ts";

const EVENTS = 400;

/** What a manager does with events: the first of an id counts. */
const heardIn = (sessions: readonly ManagerSession[]): string[] => {
  const byId = new Map<string, string>();
  for (const { payload } of sessions.flatMap((session) => session.all("event"))) {
    const id = String(payload["event_id"]);
    if (!byId.has(id)) {
      byId.set(id, String(payload["message"]));
    }
  }
  return [...byId.values()].filter((message) => message.startsWith("event "));
};

for (const seed of [1, 2, 3, 4]) {
  test(`connections that are cut anywhere lose no event, and no ack comes twice, seed ${seed}`, async (t) => {
    const random = seeded(seed);
    const { manager, record, edge } = await linkStage(t, { link: { patience: () => 1 } });
    const sessions: ManagerSession[] = [];
    const ids: string[] = [];
    const dropsBefore = edge.context.events.dropped;
    let said = 0;
    let isOver = false;
    const speak = async (): Promise<void> => {
      while (said < EVENTS) {
        for (let burst = integer(random, 20); burst > 0 && said < EVENTS; burst--) {
          record({ severity: "info", category: "flow", code: "input_lost", message: `event ${said}`, flowId: "f1" });
          said += 1;
        }
        await turn();
      }
      isOver = true;
    };
    const speaking = speak();

    while (!isOver || heardIn(sessions).length < EVENTS) {
      const session = await manager.session();
      sessions.push(session);
      await session.accept().catch(() => undefined);
      for (let orders = integer(random, 8); orders > 0; orders--) {
        ids.push(
          session.order({ type: "activate_input", flow_id: "f1", input_id: orders % 2 === 0 ? "a" : "b" }, `${sessions.length}-${orders}`),
        );
      }
      for (let turns = integer(random, 30); turns > 0; turns--) {
        await turn();
      }
      if (isOver && sessions.length > 20) {
        await session.until(() => (heardIn(sessions).length >= EVENTS ? true : undefined), "every event");
      }
      session.kill();
    }
    await speaking;

    assert.deepEqual(
      heardIn(sessions),
      Array.from({ length: EVENTS }, (_, i) => `event ${i}`),
    );
    const acks = sessions.flatMap((session) => session.all("command_ack").map(({ payload }) => String(payload["command_id"])));
    assert.equal(new Set(acks).size, acks.length, "an ack came twice");
    assert.ok(acks.every((id) => ids.includes(id)));
    assert.equal(edge.context.events.dropped, dropsBefore);
  });
}

test("events of the time when the manager was away come when it is back, in order, with their own times", async (t) => {
  const { manager, record, edge } = await linkStage(t, { settings: { node_id: "n", node_secret: "s", enabled: false } });
  for (let i = 0; i < 200; i++) {
    record({ severity: "warning", category: "flow", code: "input_lost", message: `event ${i}` });
  }
  await edge.control.change((draft) => (draft.document["manager"] = { ...(draft.document["manager"] as object), enabled: true }));

  const session = await manager.session();
  await session.accept();
  await session.until(() => session.all("event").find(({ payload }) => payload["message"] === "event 199"), "the last event");

  const events = session.all("event").filter(({ payload }) => String(payload["message"]).startsWith("event "));
  assert.deepEqual(
    events.map(({ payload }) => payload["message"]),
    Array.from({ length: 200 }, (_, i) => `event ${i}`),
  );
  const kept = edge.context.events.after(0, 1_000).filter(({ message }) => message.startsWith("event "));
  assert.deepEqual(
    events.map(({ timestamp }) => timestamp),
    kept.map(({ time }) => time),
  );
});

test("what was given up while the manager was away is told when it is back", async (t) => {
  const { manager, record, edge } = await linkStage(t, { settings: { node_id: "n", node_secret: "s", enabled: false } });
  for (let i = 0; i < 5_000; i++) {
    record({ severity: i < 4_000 ? "info" : "critical", category: "flow", code: "input_lost", message: `event ${i}` });
  }
  await edge.control.change((draft) => (draft.document["manager"] = { ...(draft.document["manager"] as object), enabled: true }));

  const session = await manager.session();
  await session.accept();
  const told = await session.until(
    () =>
      session.all("event").find(({ payload }) => (payload["details"] as { error_code: string }).error_code === "manager_events_dropped"),
    "the count",
  );

  const count = (told.payload["details"] as { count: number }).count;
  assert.ok(count >= 5_000 - 4_096 && count < 920, String(count));
  const critical = session.all("event").filter(({ payload }) => payload["severity"] === "critical");
  assert.equal(critical.length, 1_000);
});
