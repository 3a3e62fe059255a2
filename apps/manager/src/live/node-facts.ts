import { z } from "zod";
import { FLOW_HEALTHS, type FlowSummary } from "../drivers/driver.ts";
import type { NodeState, NodeStates } from "../node-link/node-states.ts";
import type { Board } from "./board.ts";
import { factsOf, type CardFacts } from "./card-facts.ts";

/** A node's statistics and health as it sent them. */
export type NodeDetail = {
  readonly stats: Readonly<Record<string, unknown>> | undefined;
  readonly stats_at: string | null;
  readonly health: Readonly<Record<string, unknown>> | undefined;
};

/** What another instance told of a node that it has. */
type Remote = { epoch: bigint; facts: CardFacts; detail: NodeDetail | undefined; detailAt: number; flows: ToldFlows | undefined };

/** The flows of a node, and when it told them. Milliseconds since 1970. */
export type ToldFlows = { readonly flows: readonly FlowSummary[]; readonly at: number };

/** Milliseconds after which what another instance told in full is of no use: nobody had asked for it any more. */
const DETAIL_HOLDS = 15_000;

const metric = z.object({ value: z.number(), unit: z.string() });
const number = z.number().nullable();
/** Cards between instances, which may be of another version. */
export const remoteCard = z.object({
  id: z.string(),
  epoch: z.string().regex(/^\d{1,19}$/),
  facts: z.object({
    stats_at: z.string().nullable(),
    started_at: z.string().nullable(),
    cpu_percent: number,
    ram_percent: number,
    bitrate_in_bps: number,
    bitrate_out_bps: number,
    active_flows: number,
    total_flows: number,
    worst_health: z.enum(FLOW_HEALTHS).nullable(),
    metrics: z.record(z.string(), metric),
    pictures: z.record(z.string(), z.object({ flow_name: z.string(), tag: z.string(), at: z.string() })),
  }),
});
export const remoteFlows = z.object({
  id: z.string(),
  epoch: z.string().regex(/^\d{1,19}$/),
  at: z.number(),
  flows: z.array(
    z.object({
      flow_id: z.string(),
      name: z.string(),
      state: z.string(),
      health: z.enum(FLOW_HEALTHS).nullable(),
      bitrate_in_bps: number,
      bitrate_out_bps: number,
      packets_lost: number,
      packets_received: number,
      rtt_ms: number,
      active_input_id: z.string().nullable(),
      more: z
        .object({
          uptime_secs: number,
          inputs: z.array(z.object({ id: z.string(), name: z.string(), kind: z.string(), state: z.string() })),
          outputs: z.number(),
        })
        .optional(),
    }),
  ),
});
export const remoteDetail = z.object({
  id: z.string(),
  epoch: z.string().regex(/^\d{1,19}$/),
  stats: z.record(z.string(), z.unknown()).optional(),
  stats_at: z.string().nullable(),
  health: z.record(z.string(), z.unknown()).optional(),
});

/** The newest that is known of nodes, whichever instance has them: of two that tell of one node the later connection is believed. */
export class NodeFacts {
  readonly #states: NodeStates;
  readonly #remote = new Map<string, Remote>();
  readonly #made = new WeakMap<object, { pictures: string; facts: CardFacts }>();

  constructor(states: NodeStates) {
    this.#states = states;
  }

  card(nodeId: string): CardFacts | undefined {
    const local = this.#local(nodeId);
    return local === undefined ? this.#remote.get(nodeId)?.facts : this.ownCard(local);
  }

  /** Of a node of this instance; made once for each of its statistics and pictures. */
  ownCard(state: NodeState): CardFacts {
    const key = state.summary ?? state;
    const newest = [...state.pictures.values()].at(-1)?.tag ?? "";
    const made = this.#made.get(key);
    if (made !== undefined && made.pictures === newest && state.summary !== undefined) {
      return made.facts;
    }
    const facts = factsOf(state);
    this.#made.set(key, { pictures: newest, facts });
    return facts;
  }

  detail(nodeId: string, now: number): NodeDetail | undefined {
    const local = this.#local(nodeId);
    if (local !== undefined) {
      return { stats: local.stats, stats_at: local.statsAt === 0 ? null : new Date(local.statsAt).toISOString(), health: local.health };
    }
    const remote = this.#remote.get(nodeId);
    return remote !== undefined && now - remote.detailAt < DETAIL_HOLDS ? remote.detail : undefined;
  }

  /** The flows that it told last; undefined: none yet. */
  flows(nodeId: string): ToldFlows | undefined {
    const local = this.#local(nodeId);
    if (local === undefined) {
      return this.#remote.get(nodeId)?.flows;
    }
    return local.summary === undefined ? undefined : { flows: local.summary.flows, at: local.statsAt };
  }

  /** Whether this instance has it. */
  isOwn(nodeId: string): boolean {
    return this.#states.get(nodeId)?.isHere === true;
  }

  hearCard({ id, epoch, facts }: z.output<typeof remoteCard>): void {
    const told = BigInt(epoch);
    const known = this.#remote.get(id);
    if (known === undefined || known.epoch <= told) {
      this.#remote.set(id, { epoch: told, facts, detail: known?.detail, detailAt: known?.detailAt ?? 0, flows: known?.flows });
    }
  }

  hearFlows({ id, epoch, flows, at }: z.output<typeof remoteFlows>): void {
    const told = BigInt(epoch);
    const known = this.#remote.get(id);
    if (known !== undefined && known.epoch <= told) {
      known.epoch = told;
      known.flows = { flows: flows as readonly FlowSummary[], at };
    }
  }

  hearDetail({ id, epoch, stats, stats_at: at, health }: z.output<typeof remoteDetail>, now: number): void {
    const told = BigInt(epoch);
    const known = this.#remote.get(id);
    if (known !== undefined && known.epoch <= told) {
      known.epoch = told;
      known.detail = { stats, stats_at: at, health };
      known.detailAt = now;
    }
  }

  /** Nodes that are no more. */
  keepOnly(nodeIds: ReadonlyMap<string, unknown>): void {
    for (const id of this.#remote.keys()) {
      if (!nodeIds.has(id)) {
        this.#remote.delete(id);
      }
    }
  }

  #local(nodeId: string): NodeState | undefined {
    const state = this.#states.get(nodeId);
    const remote = this.#remote.get(nodeId);
    return state === undefined || (remote !== undefined && remote.epoch > state.epoch) ? undefined : state;
  }
}

/** Puts a node in full on its board: `node`, `health`, and `flow:<id>` for each flow. */
export const postDetail = (board: Board, detail: NodeDetail | undefined, round: number): void => {
  const { flows, ...rest } = detail?.stats ?? {};
  const objects = new Map<string, Readonly<Record<string, unknown>>>([["node", { ...rest, stats_at: detail?.stats_at ?? null }]]);
  if (detail?.health !== undefined) {
    objects.set("health", detail.health);
  }
  for (const flow of Array.isArray(flows) ? (flows as Readonly<Record<string, unknown>>[]) : []) {
    objects.set(`flow:${String(flow["flow_id"])}`, flow);
  }
  for (const key of board.keys()) {
    if (!objects.has(key)) {
      board.drop(key, round);
    }
  }
  for (const [key, value] of objects) {
    board.put(key, value, round);
  }
};
