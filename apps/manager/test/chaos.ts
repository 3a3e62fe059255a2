import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { waitFor } from "@bilbycast/testkit/peers";
import { integer, seeded } from "@bilbycast/testkit/random";
import { verifyChain } from "../src/audit/verify.ts";
import { hashPassword } from "../src/auth/passwords.ts";
import type { Database } from "../src/database/database.ts";
import { ChaosManager, START_SECONDS } from "./chaos-manager.ts";
import { ChaosEdge } from "./chaos-edge.ts";
import { ChaosFlows } from "./chaos-flows.ts";
import { ABSENT, type ChaosHand } from "./chaos-hand.ts";
import { ChaosWriter } from "./chaos-writer.ts";
import { TestClient } from "./test-client.ts";

// node apps/manager/test/chaos.ts [--times N] [--seed N]: kills a manager, its PostgreSQL or an edge of it amid changes, again and again.

const WRITERS = 4;
/** Hands that change the edge's flows. */
const FLOW_HANDS = 2;
/** Longest time in milliseconds from the first change that is acknowledged to the kill. */
const LONGEST_LIFE = 1_500;
const PASSWORD = "Correct-Horse-7";

const TARGETS = ["manager", "database", "edge"] as const;

/** `killed`: how often each. `flowChanges`: those of the acknowledged that an edge had to take. `unknown`: changes that nobody answered. */
export type Chaos = {
  kills: number;
  killed: Record<(typeof TARGETS)[number], number>;
  acknowledged: number;
  flowChanges: number;
  unknown: number;
};

/**
 * Kills so many times at random instants. Throws when an acknowledged change is lost, one is half there, the chain is broken, or somebody does
 * not find back.
 */
export const chaos = async (times: number, seed: number, tell: (line: string) => void): Promise<Chaos> => {
  const random = seeded(seed);
  const manager = await ChaosManager.start();
  const total: Chaos = { kills: 0, killed: { manager: 0, database: 0, edge: 0 }, acknowledged: 0, flowChanges: 0, unknown: 0 };
  let edge: ChaosEdge | undefined;
  try {
    const client = await prepare(manager);
    edge = await ChaosEdge.start(manager, client);
    const writers = Array.from({ length: WRITERS }, (_, i) => new ChaosWriter(`w${i}`, alike(client), seeded(integer(random, 2 ** 31))));
    const flows = Array.from({ length: FLOW_HANDS }, (_, i) => new ChaosFlows(`f${i}`, alike(client), seeded(integer(random, 2 ** 31))));
    const hands = [...writers, ...flows];
    for (const hand of flows) {
      hand.nodeId = edge.nodeId;
    }
    for (; total.kills < times; total.kills++) {
      const before = [sum(writers), sum(flows)];
      hands.forEach((hand) => hand.start());
      const isFirst = (): boolean => sum(writers) > (before[0] ?? 0) && sum(flows) > (before[1] ?? 0);
      await waitFor("a first change of everybody", isFirst, START_SECONDS);
      await sleep(integer(random, LONGEST_LIFE));
      const target = TARGETS[integer(random, TARGETS.length)] ?? "manager";
      total.killed[target] += 1;
      kill(target, { manager: manager.managerPid, database: manager.databasePid, edge: edge.pid }[target]);
      await Promise.all(hands.map((hand) => hand.pause()));
      await manager.ready();
      await edge.isBack();
      await inspect(manager, edge, writers, flows);
      total.acknowledged = sum(hands);
      total.flowChanges = sum(flows);
      total.unknown = hands.reduce((count, { unknown }) => count + unknown, 0);
      tell(`${total.kills + 1} kills, ${total.acknowledged} changes acknowledged, ${total.unknown} not known`);
    }
    return total;
  } catch (cause) {
    throw new Error(`seed ${seed}, kill ${total.kills + 1}: ${String(cause)}`, { cause });
  } finally {
    await edge?.stop();
    await manager.stop();
  }
};

const kill = (target: string, pid: number | undefined): void => {
  assert.ok(pid !== undefined, `there is no ${target} to kill`);
  process.kill(pid, "SIGKILL");
};

/** Changes that were acknowledged. */
const sum = (hands: readonly ChaosHand[]): number => hands.reduce((total, { acknowledged }) => total + acknowledged, 0);

/** Another hand of the same person. */
const alike = ({ base, cookies, csrf }: TestClient): TestClient => {
  const own = new TestClient(base);
  own.cookies = new Map(cookies);
  own.csrf = csrf;
  return own;
};

const prepare = async (manager: ChaosManager): Promise<TestClient> => {
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
  return client;
};

/** Looks past the program into what it has kept. The writers learn what became of what they did not know. */
const inspect = async (
  manager: ChaosManager,
  edge: ChaosEdge,
  writers: readonly ChaosWriter[],
  flows: readonly ChaosFlows[],
): Promise<void> => {
  const database = await manager.openDatabase();
  try {
    await edge.inspect(database, flows);
    await nodesAreAsKnown(database, writers, edge);
    await peopleAreWhole(database, writers);
    await recordAgrees(database);
    const report = await verifyChain(database);
    assert.equal(report.is_whole, true, `the chain breaks at ${report.first_broken_seq}`);
  } finally {
    await database.close();
  }
};

const nodesAreAsKnown = async (database: Database, writers: readonly ChaosWriter[], { nodeId }: ChaosEdge): Promise<void> => {
  const rows = await database.queries
    .selectFrom("nodes")
    .select(["id", "name", "description", "token_fingerprint"])
    .where("id", "<>", nodeId)
    .execute();
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
