import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { verifyChain } from "../src/audit/verify.ts";
import { record } from "../src/audit/record.ts";
import { Upkeep } from "../src/upkeep/upkeep.ts";
import { addPerson, testManager } from "./test-manager.ts";

test("what is over is cleared away, and the chain of what is kept of the record stays whole", async () => {
  const { app, database } = await testManager();
  const id = await addPerson(database, "root", {}, "super_admin");
  const old = new Date(Date.now() - 800 * 86_400_000);
  await database.queries
    .insertInto("sessions")
    .values({ id: crypto.randomUUID(), user_id: id, expires_at: old, ip_address: "", user_agent: "" })
    .execute();
  const actor = { id: null, name: "test", via: "system", ipAddress: "", instanceId: "test" } as const;
  const now = Date.now;
  try {
    Date.now = () => old.getTime();
    for (let i = 0; i < 3; i++) {
      await database.transaction((tx) =>
        record(tx, actor, { action: "test.old", groupId: null, target: { type: "test", id: String(i), name: "" } }),
      );
    }
  } finally {
    Date.now = now;
  }
  await database.transaction((tx) =>
    record(tx, actor, { action: "test.young", groupId: null, target: { type: "test", id: "3", name: "" } }),
  );
  assert.deepEqual(await verifyChain(database), { is_whole: true, rows: 4, first_broken_seq: null });

  await new Upkeep(app).run();

  assert.deepEqual(await verifyChain(database), { is_whole: true, rows: 1, first_broken_seq: null });
  assert.equal((await database.queries.selectFrom("sessions").selectAll().execute()).length, 0);
  await assert.rejects(sql`delete from audit_log`.execute(database.queries), /./);
});
