import { randomUUID } from "node:crypto";
import { ACK_WAIT_MS } from "@bilbycast/contracts/node-link";
import { sql } from "kysely";
import type { App } from "../app.ts";
import type { Transaction } from "../database/tables.ts";
import { refusal } from "../http/faults.ts";
import type { NodeConnection, ReportNumber } from "../node-link/connection.ts";
import type { NodeHub, NodeListener } from "../node-link/hub.ts";
import { revisionOf, type Json } from "./keyed.ts";

export type ReportedConfig = { config: Json; revision: string; reportedAt: Date };

/** Milliseconds after which a node is asked again what it is configured to, when something may have changed it. */
const SETTLE = 500;
/** Milliseconds that a report is waited for once the question is acknowledged. */
const ANSWER = 5_000;
/** Snapshots of one node that have no label. */
const MOST_SNAPSHOTS = 100;

/** What nodes are configured to, as they report it: sealed in the database, and every one that was different as a snapshot. */
export class ConfigKeeper {
  readonly #app: App;
  readonly #hub: NodeHub;
  readonly #waiting = new Map<string, Set<(report: ReportNumber) => void>>();
  /** Per node the last report on its way into the database: they are kept in the order in which they came. */
  readonly #keeping = new Map<string, Promise<void>>();
  readonly #asking = new Map<string, NodeJS.Timeout>();

  constructor(app: App, hub: NodeHub) {
    this.#app = app;
    this.#hub = hub;
    app.messages.on("changes", (message) => {
      const { config_of: nodeId, report } = message as { config_of?: string; report?: ReportNumber };
      if (nodeId !== undefined && report !== undefined) {
        this.#waiting.get(nodeId)?.forEach((hear) => hear(report));
      }
    });
  }

  readonly listener: NodeListener = {
    onArrive: (connection) => this.#askSoon(connection, 0),
    onMessage: (connection, message) => {
      if (message.type === "config_response") {
        this.#keepInTurn(connection, message.payload);
      } else if (message.type === "event" && message.payload.details?.["error_code"] === "config_updated") {
        // Somebody changed it at the node itself.
        this.#askSoon(connection, SETTLE);
      }
    },
    onLeave: ({ node }) => clearTimeout(this.#asking.get(node.nodeId)),
  };

  /** What the node reported last; undefined: it never did. */
  async reported(nodeId: string, within?: Transaction): Promise<ReportedConfig | undefined> {
    const row = await (within ?? this.#app.database.queries)
      .selectFrom("node_configs")
      .selectAll()
      .where("node_id", "=", nodeId)
      .executeTakeFirst();
    return row === undefined
      ? undefined
      : { config: this.#open("node_configs", nodeId, row.config_enc), revision: row.revision, reportedAt: row.reported_at };
  }

  /** What it is configured to now: the node is asked, and no answer to a former question counts. */
  async fetch(nodeId: string): Promise<ReportedConfig> {
    const ear = this.#hear(nodeId);
    try {
      const { report } = await this.#hub.command(nodeId, { type: "get_config" }, ACK_WAIT_MS);
      const reported = (await ear.heard(report)) ? await this.reported(nodeId) : undefined;
      if (reported === undefined) {
        throw refusal("node_timeout", "The node did not tell its configuration in time");
      }
      return reported;
    } finally {
      ear.end();
    }
  }

  /** Keeps what a node is about to lose, or had, so that it can be given back. Answers the snapshot's id. */
  async snapshot(
    tx: Transaction,
    nodeId: string,
    { config, revision }: { config: Json; revision: string },
    reason: string,
    byName: string | null,
  ): Promise<string> {
    const newest = await tx
      .selectFrom("node_config_snapshots")
      .select(["id", "revision"])
      .where("node_id", "=", nodeId)
      .orderBy("taken_at", "desc")
      .orderBy("id")
      .limit(1)
      .executeTakeFirst();
    if (newest?.revision === revision) {
      return newest.id;
    }
    const id = randomUUID();
    await tx
      .insertInto("node_config_snapshots")
      .values({
        id,
        node_id: nodeId,
        reason,
        label: null,
        by_name: byName,
        revision,
        config_enc: this.#seal("node_config_snapshots", id, config),
      })
      .execute();
    await sql`
      delete from node_config_snapshots where node_id = ${nodeId} and label is null and id not in (
        select id from node_config_snapshots where node_id = ${nodeId} and label is null order by taken_at desc limit ${MOST_SNAPSHOTS}
      ) and id not in (select before_snapshot_id from config_changes where node_id = ${nodeId} and before_snapshot_id is not null and at > now() - interval '1 day')`.execute(
      tx,
    );
    return id;
  }

  openSnapshot(id: string, sealed: string): Json {
    return this.#open("node_config_snapshots", id, sealed);
  }

  /** A configuration that the node had, by its revision: what an edit began from. */
  async byRevision(nodeId: string, revision: string): Promise<Json | undefined> {
    const row = await this.#app.database.queries
      .selectFrom("node_config_snapshots")
      .select(["id", "config_enc"])
      .where("node_id", "=", nodeId)
      .where("revision", "=", revision)
      .orderBy("taken_at", "desc")
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : this.openSnapshot(row.id, row.config_enc);
  }

  #askSoon({ node }: NodeConnection, delay: number): void {
    clearTimeout(this.#asking.get(node.nodeId));
    const timer = setTimeout(() => {
      this.#asking.delete(node.nodeId);
      // It may be gone by now, or speak no configuration: then there is none to keep.
      this.#hub.commandHere(node.nodeId, { type: "get_config" }, ACK_WAIT_MS).catch(() => undefined);
    }, delay);
    this.#asking.set(node.nodeId, timer.unref());
  }

  #keepInTurn(connection: NodeConnection, config: Json): void {
    const { nodeId } = connection.node;
    const { report } = connection;
    const kept = (this.#keeping.get(nodeId) ?? Promise.resolve())
      .then(() => this.#keep(connection, config, report))
      .catch((err: unknown) => this.#app.log.error({ err, node_id: nodeId }, "a reported configuration could not be kept"))
      .finally(() => {
        if (this.#keeping.get(nodeId) === kept) {
          this.#keeping.delete(nodeId);
        }
      });
    this.#keeping.set(nodeId, kept);
  }

  async #keep({ node }: NodeConnection, config: Json, report: ReportNumber): Promise<void> {
    const revision = revisionOf(config);
    await this.#app.database.transaction(async (tx) => {
      const newest = await tx
        .selectFrom("node_connections")
        .select("epoch")
        .where("node_id", "=", node.nodeId)
        .forUpdate()
        .executeTakeFirst();
      if (newest === undefined || BigInt(newest.epoch) !== node.epoch) {
        return;
      }
      const former = await tx.selectFrom("node_configs").select("revision").where("node_id", "=", node.nodeId).executeTakeFirst();
      const row = { revision, config_enc: this.#seal("node_configs", node.nodeId, config), reported_at: new Date() };
      if (former?.revision === revision) {
        await tx.updateTable("node_configs").set({ reported_at: row.reported_at }).where("node_id", "=", node.nodeId).execute();
      } else {
        await tx
          .insertInto("node_configs")
          .values({ node_id: node.nodeId, ...row })
          .onConflict((conflict) => conflict.column("node_id").doUpdateSet(row))
          .execute();
        await this.snapshot(tx, node.nodeId, { config, revision }, "reported", null);
      }
      await this.#app.messages.publish(tx, "changes", { config_of: node.nodeId, revision, report });
    });
  }

  /** Listens to the reports of a node from now on; `heard` says whether one came in time that is this or a later one. */
  #hear(nodeId: string): { heard(report: ReportNumber): Promise<boolean>; end(): void } {
    const ears = this.#waiting.get(nodeId) ?? new Set();
    this.#waiting.set(nodeId, ears);
    let newest: ReportNumber | undefined;
    let wake = (): void => undefined;
    const ear = (report: ReportNumber): void => {
      newest = newest === undefined || isSince(report, newest) ? report : newest;
      wake();
    };
    ears.add(ear);
    return {
      heard: async (report) => {
        const isHeard = (): boolean => newest !== undefined && isSince(newest, report);
        await new Promise<void>((done) => {
          const timer = setTimeout(done, ANSWER).unref();
          wake = () => {
            if (isHeard()) {
              clearTimeout(timer);
              done();
            }
          };
          wake();
        });
        return isHeard();
      },
      end: () => {
        ears.delete(ear);
        if (ears.size === 0) {
          this.#waiting.delete(nodeId);
        }
      },
    };
  }

  #seal(table: string, row: string, config: Json): string {
    return this.#app.vault.seal("node-config", { table, column: "config_enc", row }, JSON.stringify(config));
  }

  #open(table: string, row: string, sealed: string): Json {
    return JSON.parse(this.#app.vault.open("node-config", { table, column: "config_enc", row }, sealed)) as Json;
  }
}

const isSince = (report: ReportNumber, other: ReportNumber): boolean =>
  BigInt(report.epoch) > BigInt(other.epoch) || (report.epoch === other.epoch && report.number >= other.number);
