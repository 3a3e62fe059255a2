import { sql } from "kysely";
import type { App } from "../app.ts";
import type { Transaction } from "../database/tables.ts";
import type { CarriedFlow } from "../drivers/driver.ts";
import type { NodeState, NodeStates } from "../node-link/node-states.ts";
import { deskMessageOf, tellDesks } from "./desk-message.ts";
import { clearDrifted } from "./drift.ts";

/** Milliseconds between two readings of which flows are in presets, when nobody says that it changed. */
const REREAD = 30_000;
/** What a take has found out is not overruled for so long by statistics that were made before it. */
const TAKE_STANDS_MS = 1_500;
const NOT_TOLD = "";

type Row = { flow_id: string; input_id: string | null; is_running: boolean; signals: Record<string, string> };

/**
 * Keeps in the database what flows carry that are in a preset, so that every instance knows it: of nodes of this instance, out of their
 * statistics, when it changes.
 */
export class CarriedKeeper {
  readonly #app: App;
  readonly #states: NodeStates;
  /** Flows that are in presets, by node. */
  #watched: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** Text of what was kept last, by node and flow. */
  readonly #kept = new Map<string, Map<string, string>>();
  /** Nodes whose statistics wait to be looked at; one look at a node at a time. */
  readonly #due = new Set<string>();
  #working: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(app: App, states: NodeStates) {
    this.#app = app;
    this.#states = states;
    app.messages.on("desks", (message) => {
      const { keeper, nodes = [], presets_changed: changed } = deskMessageOf(message);
      if (changed === true) {
        void this.#reread();
      }
      // A take kept something of these: what was kept is not what we think.
      for (const nodeId of keeper === undefined ? nodes : []) {
        this.#kept.delete(nodeId);
      }
    });
    app.messages.onGap(() => void this.#reread());
    states.onChange((state, what) => {
      if (what === "arrival") {
        this.#kept.delete(state.nodeId);
      } else if (what === "stats") {
        this.#look(state);
      }
    });
  }

  async start(): Promise<void> {
    await this.#reread();
    this.#timer = setInterval(() => void this.#reread(), REREAD).unref();
  }

  async stop(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#reading;
    await this.#working;
  }

  #reread(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    try {
      const { rows } = await sql<{ node_id: string; flow_id: string }>`
        select distinct a->>'node_id' as node_id, coalesce(a->>'flow_id', a->>'dst_flow_id') as flow_id
        from switcher_presets p, jsonb_array_elements(p.actions) a`.execute(this.#app.database.queries);
      this.#watched = new Map(
        [...Map.groupBy(rows, ({ node_id: nodeId }) => nodeId)].map(([nodeId, of]) => [
          nodeId,
          new Set(of.map(({ flow_id: flowId }) => flowId)),
        ]),
      );
      for (const nodeId of this.#watched.keys()) {
        const state = this.#states.get(nodeId);
        if (state?.isHere === true) {
          this.#look(state);
        }
      }
    } catch (err) {
      this.#app.log.warn({ err }, "which flows are in presets could not be read");
    }
  }

  #look(state: NodeState): void {
    const flows = this.#watched.get(state.nodeId);
    if (flows === undefined || state.stats === undefined || this.#isClosed || this.#changesOf(state, flows).length === 0) {
      return;
    }
    this.#due.add(state.nodeId);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** What differs from what was kept last. */
  #changesOf(state: NodeState, flows: ReadonlySet<string>): Row[] {
    const switching = this.#app.drivers.get(state.deviceType)?.switching;
    const kept = this.#kept.get(state.nodeId);
    return (switching?.carriedBy(state.stats) ?? [])
      .filter(({ flow_id: flowId }) => flows.has(flowId))
      .map((flow) => rowOf(flow))
      .filter((row) => (kept?.get(row.flow_id) ?? NOT_TOLD) !== JSON.stringify(row));
  }

  async #work(): Promise<void> {
    for (let [nodeId] = this.#due; nodeId !== undefined && !this.#isClosed; [nodeId] = this.#due) {
      this.#due.delete(nodeId);
      const state = this.#states.get(nodeId);
      const changes = state === undefined ? [] : this.#changesOf(state, this.#watched.get(nodeId) ?? new Set());
      if (state === undefined || changes.length === 0) {
        continue;
      }
      try {
        await this.#keep(state, changes);
      } catch (err) {
        // Its next statistics are looked at anew.
        this.#app.log.warn({ err, node_id: nodeId }, "what its flows carry could not be kept");
      }
    }
  }

  async #keep(state: NodeState, changes: readonly Row[]): Promise<void> {
    const taken = await this.#app.database.transaction(async (tx) => {
      const rows = await write(tx, state, changes);
      if (rows.length > 0) {
        const groups = await clearDrifted(
          tx,
          rows.map(({ flow_id }) => ({ node_id: state.nodeId, flow_id })),
        );
        await tellDesks(this.#app, tx, { nodes: [state.nodeId], groups, keeper: this.#app.instanceId });
      }
      return new Set(rows.map(({ flow_id: flowId }) => flowId));
    });
    const kept = this.#kept.get(state.nodeId) ?? new Map<string, string>();
    this.#kept.set(state.nodeId, kept);
    for (const row of changes) {
      if (taken.has(row.flow_id)) {
        kept.set(row.flow_id, JSON.stringify(row));
      }
    }
  }
}

const rowOf = ({ active_input_id: active, flow_id: flowId, inputs, is_running: isRunning }: CarriedFlow): Row => ({
  flow_id: flowId,
  input_id: active,
  is_running: isRunning,
  signals: Object.fromEntries(inputs.map(({ input_id: id, reason, signal }) => [id, reason ?? signal])),
});

/** Answers those that differ from what the table had; nothing is written by a connection that is not the node's newest. */
const write = async (tx: Transaction, { epoch, nodeId }: NodeState, changes: readonly Row[]): Promise<{ flow_id: string }[]> => {
  const { rows } = await sql<{ flow_id: string }>`
    insert into carried_inputs as c (node_id, flow_id, input_id, is_running, signals, told_at)
    select ${nodeId}::uuid, x.flow_id, x.input_id, x.is_running, x.signals, to_timestamp(0)
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as x (flow_id text, input_id text, is_running boolean, signals jsonb)
    where exists (select 1 from node_connections n where n.node_id = ${nodeId} and n.epoch = ${epoch.toString()}::bigint)
    on conflict (node_id, flow_id) do update set input_id = excluded.input_id, is_running = excluded.is_running, signals = excluded.signals
    where c.input_id is not distinct from excluded.input_id or c.told_at < now() - make_interval(secs => ${TAKE_STANDS_MS / 1_000})
    returning c.flow_id`.execute(tx);
  return rows;
};
