import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { integer, seeded } from "@bilbycast/testkit/random";
import { waitFor } from "@bilbycast/testkit/peers";
import { sql } from "kysely";
import { sharedPrograms } from "../../../test/test-server.ts";
import { Database } from "../database.ts";
import { EmbeddedPostgres } from "../embedded/embedded-postgres.ts";
import { isFaultOf } from "../query-fault.ts";

const KILLS = 5;
const WRITERS = 4;
const SEED = 20_260;

/** Writes pairs of rows, one transaction each, and remembers which were acknowledged and which may be there or not. */
class Writer {
  readonly acknowledged = new Set<number>();
  readonly unknown = new Set<number>();
  readonly #database: Database;
  readonly #base: number;
  #next = 0;

  constructor(database: Database, index: number) {
    this.#database = database;
    this.#base = index * 1_000_000;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const id = this.#base + this.#next++;
      try {
        await this.#database.transaction(async (tx) => {
          await sql`insert into pair values (${id}, 1)`.execute(tx);
          await sql`insert into pair values (${id}, 2)`.execute(tx);
        });
        this.acknowledged.add(id);
      } catch (error) {
        if (isFaultOf(error, "database_commit_unknown")) {
          this.unknown.add(id);
        } else if (!isFaultOf(error, "database_connection_lost", "database_unreachable")) {
          throw error;
        }
      }
    }
  }
}

test(`a server that is killed ${KILLS} times in the middle of transactions loses none that was acknowledged (seed ${SEED})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-test-db-"));
  const random = seeded(SEED);
  let starts = 0;
  const server = await EmbeddedPostgres.start({
    folder,
    programs: sharedPrograms(),
    sync: false,
    onEvent: ({ kind }) => {
      starts += kind === "started" ? 1 : 0;
    },
  });
  const database = await Database.open(server.target, { connections: WRITERS });
  await sql`create table pair (id integer, half integer, primary key (id, half))`.execute(database.queries);
  const writers = Array.from({ length: WRITERS }, (_, index) => new Writer(database, index));
  let over = false;
  const writing = Promise.all(writers.map((writer) => writer.run(() => over)));
  const count = (): number => writers.reduce((sum, writer) => sum + writer.acknowledged.size, 0);

  for (let kill = 1; kill <= KILLS; kill++) {
    const before = count();
    await waitFor("transactions", () => count() > before + 20, 55);
    await sleep(integer(random, 100));
    process.kill(server.pid, "SIGKILL");
    await waitFor("the next server", () => starts === kill + 1, 55);
  }
  over = true;
  await writing;

  const { rows } = await sql<{ id: number; halves: number }>`select id, count(*) as halves from pair group by id`.execute(database.queries);
  const found = new Map(rows.map(({ id, halves }) => [id, halves]));
  const lost = writers.flatMap(({ acknowledged }) => [...acknowledged]).filter((id) => found.get(id) !== 2);
  const expected = new Set(writers.flatMap(({ acknowledged, unknown }) => [...acknowledged, ...unknown]));
  assert.deepEqual(lost, [], "acknowledged, and not there");
  assert.deepEqual(
    [...found].filter(([id, halves]) => halves !== 2 || !expected.has(id)),
    [],
    "there, and refused, or half",
  );
  await database.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
