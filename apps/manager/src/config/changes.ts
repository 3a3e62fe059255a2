import { randomUUID } from "node:crypto";
import type { Change } from "@bilbycast/contracts/manager-api";
import { isFault } from "@bilbycast/foundation/fault";
import type { App } from "../app.ts";
import type { DriverCommand } from "../drivers/driver.ts";
import { notFound } from "../http/faults.ts";
import type { NodeAction, NodeHub } from "../node-link/hub.ts";
import { changeViews, endWatches } from "./change-store.ts";
import type { ConfigKeeper, ReportedConfig } from "./config-keeper.ts";
import { differencesOf } from "./differences.ts";

/** Milliseconds between two looks at changes that are watched. */
const LOOK_EVERY = 1_000;

export type ChangeRequest = {
  nodeId: string;
  action: NodeAction;
  command: Pick<DriverCommand, "ack_wait_ms">;
  by: string;
  summary: string;
  /** What it is known to be at the moment; asked for when absent. */
  before?: ReportedConfig;
};

/**
 * Changes of configurations, each from its request to its proof: what the node had is kept, the command is sent, acknowledged, what the node
 * reports afterwards is compared, and for some seconds its alarms are watched.
 */
export class Changes {
  readonly #app: App;
  readonly #hub: NodeHub;
  readonly #keeper: ConfigKeeper;
  readonly #timer: NodeJS.Timeout;

  constructor(app: App, hub: NodeHub, keeper: ConfigKeeper) {
    this.#app = app;
    this.#hub = hub;
    this.#keeper = keeper;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Makes the change. Throws the Fault of the node that refused; the change is on record then as well. */
  async make(request: ChangeRequest): Promise<{ id: string; data: unknown }> {
    const { nodeId } = request;
    const before = request.before ?? (await this.#keeper.fetch(nodeId));
    const id = randomUUID();
    await this.#app.database.transaction(async (tx) => {
      const snapshot = await this.#keeper.snapshot(tx, nodeId, before, request.summary, request.by);
      await tx
        .insertInto("config_changes")
        .values({
          id,
          node_id: nodeId,
          by_name: request.by,
          summary: request.summary,
          state: "applying",
          watched_until: null,
          before_snapshot_id: snapshot,
          after_revision: null,
          differences: "[]",
          touched: "[]",
          error: null,
          error_code: null,
        })
        .execute();
    });
    try {
      const { data } = await this.#hub.command(nodeId, request.action, request.command.ack_wait_ms);
      await this.#acknowledged(id, nodeId, before);
      return { id, data };
    } catch (error) {
      await this.#failed(id, nodeId, error);
      throw error;
    }
  }

  async view(nodeId: string, id: string): Promise<Change> {
    const [change] = await changeViews(this.#app.database.queries, { nodeId, id });
    if (change === undefined) {
      throw notFound();
    }
    return change;
  }

  async #acknowledged(id: string, nodeId: string, before: ReportedConfig): Promise<void> {
    const seconds = this.#app.settings.current.change_watch_secs;
    // The node has it, whatever becomes of the question how it looks now.
    const after = await this.#keeper.fetch(nodeId).catch(() => undefined);
    const secrets = await this.#secretsOf(nodeId);
    const differences = after === undefined ? [] : differencesOf(before.config, after.config, secrets);
    await this.#app.database.transaction(async (tx) => {
      await tx
        .updateTable("config_changes")
        .set({
          state: "watching",
          watched_until: new Date(Date.now() + seconds * 1_000),
          after_revision: after?.revision ?? null,
          differences: JSON.stringify(differences),
          touched: JSON.stringify(
            touchedBy(
              differences.map(({ path }) => path),
              after ?? before,
            ),
          ),
        })
        .where("id", "=", id)
        .execute();
    });
    await this.#tell(nodeId, id);
  }

  async #failed(id: string, nodeId: string, error: unknown): Promise<void> {
    const [code, message] = isFault(error)
      ? [typeof error.details["node_error_code"] === "string" ? error.details["node_error_code"] : error.code, error.message]
      : ["internal", "A fault of ours; the log has it"];
    await this.#app.database.transaction(async (tx) => {
      await tx
        .updateTable("config_changes")
        .set({ state: "failed", error: message, error_code: code })
        .where("id", "=", id)
        .where("state", "=", "applying")
        .execute();
    });
    await this.#tell(nodeId, id);
  }

  /** Has every instance tell who watches how it stands. */
  async #tell(nodeId: string, id: string): Promise<void> {
    const [change] = await changeViews(this.#app.database.queries, { nodeId, id });
    if (change !== undefined) {
      await this.#app.messages.publish(this.#app.database.queries, "changes", { change });
    }
  }

  async #secretsOf(nodeId: string): Promise<ReadonlySet<string>> {
    const node = await this.#app.database.queries.selectFrom("nodes").select("device_type").where("id", "=", nodeId).executeTakeFirst();
    return this.#app.drivers.get(node?.device_type ?? "")?.configuration?.secretNames ?? new Set();
  }

  async #look(): Promise<void> {
    try {
      for (const { id, node_id: nodeId } of await endWatches(this.#app.database.queries)) {
        await this.#tell(nodeId, id);
      }
    } catch (err) {
      this.#app.log.warn({ err }, "changes that are watched could not be looked at");
    }
  }
}

/** Ids of flows and parts that the changed fields belong to, and of flows that hold such parts. */
const touchedBy = (paths: readonly string[], { config }: ReportedConfig): string[] => {
  const parts = new Set(
    paths
      .flatMap((path) => /^\/(?:flows|inputs|outputs)\/([^/]+)/.exec(path)?.[1] ?? [])
      .map((id) => id.replaceAll("~1", "/").replaceAll("~0", "~")),
  );
  const flows = Array.isArray(config["flows"]) ? (config["flows"] as Record<string, unknown>[]) : [];
  for (const flow of flows) {
    const held = [flow["input_ids"], flow["output_ids"]].flat();
    if (held.some((part) => typeof part === "string" && parts.has(part)) && typeof flow["id"] === "string") {
      parts.add(flow["id"]);
    }
  }
  return [...parts];
};
