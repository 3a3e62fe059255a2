import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { waitFor } from "@bilbycast/testkit/peers";
import { chance, integer, seeded } from "@bilbycast/testkit/random";
import { verifyChain } from "../src/audit/verify.ts";
import { hashPassword } from "../src/auth/passwords.ts";
import type { Database } from "../src/database/database.ts";
import { ChaosManager, START_SECONDS } from "./chaos-manager.ts";
import { ABSENT, ChaosWriter } from "./chaos-writer.ts";
import { TestClient } from "./test-client.ts";

// node apps/manager/test/chaos.ts [--times N] [--seed N]: kills a manager or its PostgreSQL amid changes, again and again.

const WRITERS = 4;
/** Longest time in milliseconds from the first change that is acknowledged to the kill. */
const LONGEST_LIFE = 1_500;
const PASSWORD = "Correct-Horse-7";

export type Chaos = { kills: number; ofDatabase: number; acknowledged: number; unknown: number };

/** Kills so many times at random instants. Throws when an acknowledged change is lost, one is half there, or the chain is broken. */
export const chaos = async (times: number, seed: number, tell: (line: string) => void): Promise<Chaos> => {
  const random = seeded(seed);
  const manager = await ChaosManager.start();
  const total: Chaos = { kills: 0, ofDatabase: 0, acknowledged: 0, unknown: 0 };
  try {
    const writers = await prepare(manager, random);
    for (; total.kills < times; total.kills++) {
      for (const writer of writers) {
        writer.start();
      }
      const before = total.acknowledged;
      await waitFor("a first change", () => sum(writers, ({ acknowledged }) => acknowledged) > before, START_SECONDS);
      await sleep(integer(random, LONGEST_LIFE));
      const isDatabase = chance(random, 0.5);
      total.ofDatabase += isDatabase ? 1 : 0;
      kill(isDatabase ? manager.databasePid : manager.managerPid);
      await Promise.all(writers.map((writer) => writer.pause()));
      await manager.ready();
      await inspect(manager, writers);
      total.acknowledged = sum(writers, ({ acknowledged }) => acknowledged);
      total.unknown = sum(writers, ({ unknown }) => unknown);
      tell(`${total.kills + 1} kills, ${total.acknowledged} changes acknowledged, ${total.unknown} not known`);
    }
    return total;
  } catch (cause) {
    throw new Error(`seed ${seed}, kill ${total.kills + 1}: ${String(cause)}`, { cause });
  } finally {
    await manager.stop();
  }
};

const kill = (pid: number | undefined): void => {
  if (pid !== undefined) {
    process.kill(pid, "SIGKILL");
  }
};

const sum = (writers: readonly ChaosWriter[], of: (writer: ChaosWriter) => number): number =>
  writers.reduce((total, writer) => total + of(writer), 0);

const prepare = async (manager: ChaosManager, random: () => number): Promise<ChaosWriter[]> => {
  const database = await manager.openDatabase();
  try {
    await sql`
      insert into users (username, display_name, password_hash, platform_role)
      values ('root', 'Root', ${await hashPassword(PASSWORD)}, 'super_admin')`.execute(database.queries);
  } finally {
    await database.close();
  }
  const client = new TestClient(manager.base);
  const { status } = await client.post("/auth/login", { username: "root", password: PASSWORD });
  assert.equal(status, 200);
  return Array.from({ length: WRITERS }, (_, i) => {
    const own = new TestClient(manager.base);
    own.cookies = new Map(client.cookies);
    own.csrf = client.csrf;
    return new ChaosWriter(`w${i}`, own, seeded(integer(random, 2 ** 31)));
  });
};

/** Looks past the program into what it has kept. The writers learn what became of what they did not know. */
const inspect = async (manager: ChaosManager, writers: readonly ChaosWriter[]): Promise<void> => {
  const database = await manager.openDatabase();
  try {
    await nodesAreAsKnown(database, writers);
    await peopleAreWhole(database, writers);
    await recordAgrees(database);
    const report = await verifyChain(database);
    assert.equal(report.is_whole, true, `the chain breaks at ${report.first_broken_seq}`);
  } finally {
    await database.close();
  }
};

const nodesAreAsKnown = async (database: Database, writers: readonly ChaosWriter[]): Promise<void> => {
  const rows = await database.queries.selectFrom("nodes").select(["id", "name", "description", "token_fingerprint"]).execute();
  const found = new Map(rows.map((row) => [row.id, row]));
  for (const writer of writers) {
    for (const [id, known] of writer.nodes) {
      const is = found.get(id)?.description ?? ABSENT;
      assert.ok(known.may.has(is), `${known.name} is ${is} and may be ${[...known.may].join(" or ")}`);
      known.may = new Set([is]);
      found.delete(id);
    }
  }
  const uncertain = new Set(writers.flatMap((writer) => [...writer.uncertain]));
  for (const { name, token_fingerprint: token } of found.values()) {
    assert.ok(uncertain.has(name), `nobody made ${name}`);
    assert.ok(token !== null, `${name} is there without its token`);
  }
};

const peopleAreWhole = async (database: Database, writers: readonly ChaosWriter[]): Promise<void> => {
  const { rows } = await sql<{ username: string; groups: number }>`
    select username, (select count(*)::int from group_members m where m.user_id = u.id) as groups from users u where username <> 'root'`.execute(
    database.queries,
  );
  for (const { username, groups } of rows) {
    assert.equal(groups, 1, `${username} is there without their group`);
  }
  const there = new Set(rows.map(({ username }) => username));
  for (const username of writers.flatMap((writer) => [...writer.people])) {
    assert.ok(there.has(username), `${username} was acknowledged and is not there`);
  }
};

/** Each node and person has the row of its making and of its end, and no row tells of what was not done. */
const recordAgrees = async (database: Database): Promise<void> => {
  const { rows } = await sql<{
    target_id: string;
    made: number;
    ended: number;
    changed: number;
    is_there: boolean;
    version: number | null;
  }>`
    select a.target_id, count(*) filter (where action like '%.create')::int as made, count(*) filter (where action like '%.delete')::int as ended,
      count(*) filter (where action = 'node.update')::int as changed,
      bool_or(exists (select 1 from nodes n where n.id::text = a.target_id) or exists (select 1 from users u where u.id::text = a.target_id)) as is_there,
      max((select n.version from nodes n where n.id::text = a.target_id)) as version
    from audit_log a where action in ('node.create', 'node.update', 'node.delete', 'user.create') group by a.target_id`.execute(
    database.queries,
  );
  for (const row of rows) {
    assert.deepEqual([row.made, row.ended], [1, row.is_there ? 0 : 1], JSON.stringify(row));
    assert.ok(row.version === null || row.version === row.changed + 1, `each change has its row: ${JSON.stringify(row)}`);
  }
  const { rows: things } = await sql<{ count: number }>`
    select (select count(*)::int from nodes) + (select count(*)::int from users where username <> 'root') as count`.execute(
    database.queries,
  );
  assert.equal(rows.filter((row) => row.is_there).length, things[0]?.count, "everything that is there has its row");
};

if (import.meta.main) {
  const { values } = parseArgs({ options: { times: { type: "string", default: "50" }, seed: { type: "string", default: "1" } } });
  console.log(JSON.stringify(await chaos(Number(values.times), Number(values.seed), (line) => console.log(line))));
}
