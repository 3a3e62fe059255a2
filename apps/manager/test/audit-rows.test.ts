import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "kysely";
import { ENDPOINTS, type EndpointName } from "@bilbycast/contracts/manager-api";
import { verifyChain } from "../src/audit/verify.ts";
import { testManager, type TestManager } from "./test-manager.ts";
import { CALLERS, type Caller } from "./walk/callers.ts";
import { EXAMPLES } from "./walk/examples.ts";
import { askExample } from "./walk/request.ts";
import { World } from "./walk/world.ts";

// Whatever changes something leaves one row, in the transaction that changes it; whatever only looks leaves none.

const NAMES = Object.keys(ENDPOINTS) as EndpointName[];

let manager: TestManager;
let world: World;

before(async () => {
  manager = await testManager();
  world = await World.open(manager);
});
after(() => world.close());

const callerOf = (name: string): Caller => CALLERS.find((caller) => caller.name === name) ?? assert.fail();

type Row = { seq: number; actor_id: string | null; actor_name: string; action: string; changes: unknown; details: unknown };
const lastSeq = async (): Promise<number> =>
  (await manager.database.queries.selectFrom("audit_head").select("seq").executeTakeFirstOrThrow()).seq;
const rowsSince = (seq: number): Promise<Row[]> =>
  manager.database.queries
    .selectFrom("audit_log")
    .select(["seq", "actor_id", "actor_name", "action", "changes", "details"])
    .where("seq", ">", seq)
    .orderBy("seq")
    .execute();

/**
 * Rows of each table but the record's own, each with its table's name: what is there now, but for what nodes say of themselves, and what the
 * manager does with time: it writes history, and stops watching a change.
 */
const contents = async (): Promise<string[]> => {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
      and table_name not in ('audit_log', 'audit_head', 'rate_limit', 'lockout', 'notification_payload', 'manager_instances', 'node_connections', 'alarms', 'event_ids', 'carried_inputs')
      and table_name !~ '^(events|history)'
    order by 1`.execute(manager.database.queries);
  const rowsOf = async (name: string): Promise<string[]> => {
    const { rows } = await sql<{
      row: string;
    }>`select (to_jsonb(t) - 'reported_at' - 'last_seen_at' - 'last_health' - 'capabilities' - ${name === "config_changes" ? "state" : ""}::text)::text as row from ${sql.table(name)} t order by 1`.execute(
      manager.database.queries,
    );
    return rows.map(({ row }) => `${name} ${row}`);
  };
  return (await Promise.all(tables.map(({ name }) => rowsOf(name)))).flat();
};

/** What is in one only. */
const differences = (former: readonly string[], present: readonly string[]): string[] => [
  ...former.filter((row) => !present.includes(row)).map((row) => `gone: ${row}`),
  ...present.filter((row) => !former.includes(row)).map((row) => `new: ${row}`),
];

for (const name of NAMES) {
  test(`${name}: ${ENDPOINTS[name].method === "GET" ? "leaves no row" : "leaves its rows, which name who did it"}`, async () => {
    const caller = callerOf("root");
    const at = await world.refresh(name);
    const client = await world.clientOf(caller);
    const seq = await lastSeq();

    const answer = await askExample(client, at, caller);
    const rows = await rowsSince(seq);

    assert.equal(answer.status, EXAMPLES[name].answers ?? ENDPOINTS[name].status, answer.bytes.toString());
    assert.equal(rows.length, ENDPOINTS[name].method === "GET" ? 0 : (EXAMPLES[name].rows ?? 1), JSON.stringify(rows));
    for (const row of rows) {
      assert.match(row.action, /^[a-z_]+(\.[a-z_]+)+$/);
      if (name !== "login") {
        assert.deepEqual([row.actor_id, row.actor_name], [world.userIdOf(caller), "root"]);
      }
    }
  });
}

test("where the row cannot be written, nothing of the change is kept, for every endpoint that changes something", async () => {
  const caller = callerOf("root");
  await sql`create function no_more() returns trigger language plpgsql as $$ begin raise exception 'no more rows'; end $$`.execute(
    manager.database.queries,
  );
  for (const name of NAMES.filter((each) => ENDPOINTS[each].method !== "GET" && EXAMPLES[each].rows === undefined)) {
    const at = await world.refresh(name);
    const client = await world.clientOf(caller);
    // What the example has made for itself is there before.
    const own = await EXAMPLES[name].prepare?.(at, caller);
    await sql`create trigger no_more before insert on audit_log execute function no_more()`.execute(manager.database.queries);
    const former = await contents();
    const prepared = own === undefined ? at : { ...at, world };
    const answer = await askPrepared(client, prepared, caller, own);
    const present = await contents();
    await sql`drop trigger no_more on audit_log`.execute(manager.database.queries);

    assert.equal(answer.status, 500, `${name}: ${answer.bytes.toString()}`);
    assert.doesNotMatch(answer.bytes.toString(), /no more rows|audit_log/, "the answer says nothing of the inside");
    assert.deepEqual(differences(former, present), [], `${name} was done without being on record`);
  }
  assert.equal((await verifyChain(manager.database)).is_whole, true);
});

/** The example with what was made for it before. */
const askPrepared = (
  client: Awaited<ReturnType<World["clientOf"]>>,
  at: Parameters<typeof askExample>[1],
  caller: Caller,
  own: Readonly<Record<string, string>> | undefined,
): ReturnType<typeof askExample> => {
  if (own === undefined) {
    return askExample(client, at, caller);
  }
  const path = ENDPOINTS[at.endpoint].path.replaceAll(/:([a-z_]+)/g, (_, part: string) => own[part] ?? "");
  return client.ask(ENDPOINTS[at.endpoint].method, path, EXAMPLES[at.endpoint].body?.(at));
};

test("no password, token or secret of all this is in the record, nor in the log", async () => {
  const { rows } = await sql<{ text: string }>`select string_agg(a::text, ' ') as text from audit_log a`.execute(manager.database.queries);
  const record = rows[0]?.text ?? "";
  assert.ok(record.length > 1_000);
  const { rows: kept } = await sql<{ text: string }>`
    select unnest(array[password_hash]) as text from users union select fingerprint from api_tokens
    union select secret_fingerprint from nodes where secret_fingerprint is not null union select config_enc from node_configs`.execute(
    manager.database.queries,
  );
  const secrets = [...world.secrets.values(), ...kept.map(({ text }) => text), "Another-Horse-8"].filter((text) => text.length > 4);
  const log = manager.lines.join("");
  for (const secret of secrets) {
    assert.ok(!record.includes(secret), `the record has ${secret}`);
    assert.ok(!log.includes(secret), `the log has ${secret}`);
  }
});
