import { sql } from "kysely";
import type { Database } from "../database/database.ts";
import type { Log } from "../log.ts";

/** Milliseconds between two signs of life, and after which an instance is taken for gone. */
const HEARTBEAT = 5_000;
const GONE_SECONDS = 15;

/** This instance among those on the same database: it says that it lives, and clears away what those that do not have left. */
export class InstanceHeart {
  readonly #database: Database;
  readonly #log: Log;
  readonly #own: { id: string; region: string; version: string };
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database, log: Log, own: { id: string; region: string; version: string }) {
    this.#database = database;
    this.#log = log;
    this.#own = own;
  }

  async start(): Promise<void> {
    const { id, region, version } = this.#own;
    await sql`
      insert into manager_instances (id, region, version) values (${id}, ${region}, ${version})
      on conflict (id) do update set region = ${region}, version = ${version}, started_at = now(), last_heartbeat_at = now()`.execute(
      this.#database.queries,
    );
    // What a former life of this instance held: it holds it no more.
    await releaseNodes(this.#database, sql`c.instance_id = ${id}`);
    await this.#beat();
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await releaseNodes(this.#database, sql`c.instance_id = ${this.#own.id}`).catch(() => undefined);
    await sql`delete from manager_instances where id = ${this.#own.id}`.execute(this.#database.queries).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    try {
      const { id, region, version } = this.#own;
      await sql`
        insert into manager_instances (id, region, version) values (${id}, ${region}, ${version})
        on conflict (id) do update set last_heartbeat_at = now()`.execute(this.#database.queries);
      await sql`delete from manager_instances where last_heartbeat_at < now() - make_interval(secs => ${GONE_SECONDS})`.execute(
        this.#database.queries,
      );
      await releaseNodes(this.#database, sql`not exists (select 1 from manager_instances i where i.id = c.instance_id)`);
    } catch (err) {
      this.#log.warn({ err }, "the sign of life could not be given");
    }
  }
}

/** Nodes of instances that are gone are gone too, until they come to another one. */
const releaseNodes = (database: Database, which: ReturnType<typeof sql>): Promise<void> =>
  // In a transaction, since that is tried again when it meets nodes that come in.
  database.transaction(async (tx) => {
    await sql`
    with released as (
      update node_connections c set instance_id = null, region = null where c.instance_id is not null and ${which} returning c.node_id
    )
    update nodes n set status = 'offline', status_since = now() from released r where n.id = r.node_id and n.status not in ('pending', 'offline')`.execute(
      tx,
    );
  });
