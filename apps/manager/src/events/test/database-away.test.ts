import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ManagerEvent } from "@bilbycast/contracts/manager-api";
import { EventWriter } from "../event-writer.ts";
import { draftOf } from "../event-draft.ts";
import { Fault } from "@bilbycast/foundation/fault";
import { openLog } from "../../log.ts";
import { TestBrowser } from "../../../test/test-browser.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";
import { testServer } from "../../../test/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "bilbycast-away-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const NODE = { nodeId: "n", epoch: 1n };
const draft = (message: string) =>
  draftOf(NODE, { type: "event", payload: { severity: "warning", raw_severity: "warning", category: "c", message, details: {} } }, 0);
const quiet = openLog("silent", { write: () => true });

test("while the database is away so many events wait, and when it is back the rest is told as given up", async () => {
  let isAway = true;
  const kept: string[] = [];
  const writer = new EventWriter({
    log: quiet,
    keep: async (batch) => {
      if (isAway) {
        throw new Fault("database_unreachable", "away");
      }
      kept.push(...batch.map(({ message }) => message));
    },
    onFailure: async () => undefined,
    bounds: { events: 1_000, bytes: 10_000_000 },
  });
  for (let index = 0; index < 5_000; index++) {
    writer.add(draft(`${index}`));
  }
  assert.ok(writer.waiting <= 1_000);
  isAway = false;
  await eventually(() => kept.some((message) => message.includes("were given up")));

  assert.ok(kept.includes("4999"));
  const own = kept.filter((message) => /^\d+$/.test(message)).length;
  assert.ok(own >= 1_000 && own < 5_000 && own + writer.dropped >= 5_000, `${own} kept, ${writer.dropped} dropped`);
  await writer.stop();
});

test("an event that the database does not take costs no other", async () => {
  const kept: string[] = [];
  const writer = new EventWriter({
    log: quiet,
    keep: async (batch) => {
      if (batch.some(({ message }) => message === "poison")) {
        throw new Fault("database_value_refused", "no");
      }
      kept.push(...batch.map(({ message }) => message));
    },
    onFailure: async () => undefined,
  });
  for (const message of ["a", "b", "poison", "c", "d"]) {
    writer.add(draft(message));
  }
  await eventually(() => kept.length === 4);

  assert.equal(writer.refused, 1);
  assert.deepEqual(kept.toSorted(), ["a", "b", "c", "d"]);
  await writer.stop();
});

test("what is told while every connection to the database is cut comes in afterwards, once, and browsers go on", async () => {
  const manager = await testManager();
  const { admin } = await testServer();
  await addPerson(manager.database, "root", {}, "super_admin");
  const root = await TestClient.loggedIn(manager, "root");
  const known = await addNode(manager, "AMS-1");
  const node = await TestNode.connect(manager, known);
  const browser = await TestBrowser.open(root, ["nodes", "events", "alarms"]);
  await eventually(() => browser.of("nodes", known.id) !== undefined);
  const name = manager.testDatabase.target.database;
  await admin.query(`alter database ${name} allow_connections false`);
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
  for (let index = 0; index < 20; index++) {
    node.event(`away_${index}`, "warning", { event_id: `id-${index}` });
  }
  await eventually(() => manager.lines.some((line) => line.includes("held back")));
  await admin.query(`alter database ${name} allow_connections true`);
  const events = await eventually(async () => {
    const { body } = await root.get("/events?limit=200&search=away_");
    const entries = body["entries"] as ManagerEvent[] | undefined;
    return entries?.length === 20 && entries;
  }, 40);

  assert.equal(new Set(events.map(({ error_code: code }) => code)).size, 20);
  await eventually(() => Object.keys(browser.topics.get("alarms") ?? {}).length === 20);
  assert.equal(browser.closed, undefined);
});
