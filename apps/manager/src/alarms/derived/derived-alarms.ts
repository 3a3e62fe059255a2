import { sql } from "kysely";
import type { App } from "../../app.ts";
import type { OwnEvent } from "../../events/event-draft.ts";
import type { NodeState, NodeStates } from "../../node-link/node-states.ts";
import { DERIVED_RULES } from "./limits.ts";
import { NodeWatch, type Finding, type Standing } from "./node-watch.ts";

/** Milliseconds between two looks at who is silent, and at who has come. */
const LOOK = 1_000;

type Tell = (node: { nodeId: string; epoch: bigint }, event: OwnEvent) => void;

/**
 * Watches what nodes of this instance count, and tells what they did not say themselves. A node that has just come is watched once it is known
 * what stood of it: while it was away that stays as it was.
 */
export class DerivedAlarms {
  readonly #app: App;
  readonly #tell: Tell;
  readonly #watches = new Map<string, { epoch: bigint; watch: NodeWatch }>();
  #come = new Map<string, bigint>();
  #timer: NodeJS.Timeout | undefined;

  constructor(app: App, states: NodeStates, tell: Tell) {
    this.#app = app;
    this.#tell = tell;
    states.onChange((state, what) => this.#take(state, what));
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), LOOK).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #take(state: NodeState, what: string): void {
    const { epoch, nodeId, summary } = state;
    if (what === "arrival") {
      this.#watches.delete(nodeId);
      this.#come.set(nodeId, epoch);
    } else if (what === "end") {
      this.#watches.delete(nodeId);
      this.#come.delete(nodeId);
    } else if (what === "stats" && summary !== undefined) {
      const watched = this.#watches.get(nodeId);
      if (watched !== undefined) {
        this.#say(nodeId, epoch, watched.watch.take(summary, Date.now()));
      }
    }
  }

  async #look(): Promise<void> {
    const now = Date.now();
    for (const [nodeId, { epoch, watch }] of this.#watches) {
      this.#say(nodeId, epoch, watch.wait(now));
    }
    const come = this.#come;
    if (come.size === 0) {
      return;
    }
    this.#come = new Map();
    try {
      const standing = await standingOf(this.#app, [...come.keys()]);
      for (const [nodeId, epoch] of come) {
        if (!this.#come.has(nodeId)) {
          this.#watches.set(nodeId, { epoch, watch: new NodeWatch(standing.get(nodeId) ?? [], Date.now()) });
        }
      }
    } catch (err) {
      this.#app.log.warn({ err }, "what stood of nodes could not be read; it is tried again");
      this.#come = new Map([...come, ...this.#come]);
    }
  }

  #say(nodeId: string, epoch: bigint, findings: readonly Finding[]): void {
    for (const { facts, flowId, is, rule } of findings) {
      this.#tell(
        { nodeId, epoch },
        {
          severity: is === "raise" ? rule.severity : "info",
          category: flowId === null ? "node" : "flow",
          message: is === "raise" ? rule.message : rule.over,
          flowId,
          details: { error_code: is === "raise" ? rule.raises : rule.clears, ...facts },
        },
      );
    }
  }
}

const standingOf = async (app: App, nodeIds: readonly string[]): Promise<Map<string, Standing[]>> => {
  const codes = DERIVED_RULES.map(({ raises }) => raises);
  const { rows } = await sql<{ node_id: string; error_code: string; flow_id: string | null }>`
    select node_id, error_code, flow_id from alarms
    where node_id = any(${[...nodeIds]}::uuid[]) and is_raised and error_code = any(${codes}::text[])`.execute(app.database.queries);
  return new Map(
    [...Map.groupBy(rows, ({ node_id: id }) => id)].map(([id, of]) => [
      id,
      of.map(({ error_code: code, flow_id: flowId }) => ({ code, flowId })),
    ]),
  );
};
