import { z } from "zod";
import type { App } from "../app.ts";
import type { NodeState, NodeStates } from "../node-link/node-states.ts";
import { remoteCard, remoteDetail, remoteFlows, type NodeFacts } from "./node-facts.ts";

/** Milliseconds between two wishes, for which one holds, and between two tellings. */
const ASK_AGAIN = 5_000;
const WISH_HOLDS = 15_000;
const TELL_AGAIN = 1_000;
/** The same of flows, of which there may be ten thousand. */
const TELL_FLOWS_AGAIN = 5_000;
/** Cards in one message, and nodes that are told in full. */
const MOST_CARDS = 500;
const MOST_DETAILS = 64;
/** Nodes whose flows are in one message. */
const MOST_WITH_FLOWS = 50;
/** Characters of a node in full. */
const DETAIL_MAX = 1_000_000;

const wishSchema = z.object({
  kind: z.literal("wish"),
  from: z.string(),
  is_new: z.boolean(),
  nodes: z.array(z.string()).max(MOST_DETAILS),
  flows: z.boolean().default(false).describe("Somebody looks at the list of all flows."),
});
const cardsSchema = z.object({ kind: z.literal("cards"), from: z.string(), cards: z.array(z.unknown()) });
const detailSchema = z.object({ kind: z.literal("detail"), from: z.string(), detail: remoteDetail });
const flowsSchema = z.object({ kind: z.literal("flows"), from: z.string(), nodes: z.array(z.unknown()) });
const messageSchema = z.discriminatedUnion("kind", [wishSchema, cardsSchema, detailSchema, flowsSchema]);

/**
 * What instances tell each other of their nodes while somebody looks: an instance that has browsers says so, and the others then tell it what
 * changed, once a second for all who asked. Nobody asks where there is one instance, and nobody tells where nobody asks.
 */
export class InstanceCards {
  readonly #app: App;
  readonly #states: NodeStates;
  readonly #facts: NodeFacts;
  readonly #wishes = new Map<string, { until: number; nodes: readonly string[]; flows: boolean }>();
  /** By node: what was told last of it, as text; of a node in full its statistics. */
  #told = new Map<string, unknown>();
  #asked = { at: 0, what: "" };
  #toldFlowsAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isTelling = false;

  constructor(app: App, states: NodeStates, facts: NodeFacts) {
    this.#app = app;
    this.#states = states;
    this.#facts = facts;
    app.messages.on("cards", (message) => this.#hear(message));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Says that this instance has browsers, which nodes of others they look at in full, and whether at all flows. */
  ask(nodes: readonly string[], flows: boolean, now: number): void {
    const wanted = nodes.filter((id) => !this.#facts.isOwn(id)).slice(0, MOST_DETAILS);
    const what = `${wanted.join(" ")} ${flows ? "flows" : ""}`;
    if (now - this.#asked.at < ASK_AGAIN && what === this.#asked.what) {
      return;
    }
    const isNew = now - this.#asked.at > WISH_HOLDS;
    this.#asked = { at: now, what };
    this.#publish({ kind: "wish", from: this.#app.instanceId, is_new: isNew, nodes: wanted, flows });
  }

  #hear(message: unknown): void {
    const { data } = messageSchema.safeParse(message);
    // Answers are for everybody to hear; who has not asked does not read them.
    const hasAsked = Date.now() - this.#asked.at < WISH_HOLDS;
    if (data === undefined || data.from === this.#app.instanceId || (data.kind !== "wish" && !hasAsked)) {
      return;
    }
    switch (data.kind) {
      case "wish":
        if (data.is_new) {
          this.#told = new Map();
        }
        if (data.flows && this.#wishes.get(data.from)?.flows !== true) {
          // Whoever begins to look has none of them.
          this.#toldFlowsAt = 0;
          this.#forgetToldFlows();
        }
        this.#wishes.set(data.from, { until: Date.now() + WISH_HOLDS, nodes: data.nodes, flows: data.flows });
        this.#timer ??= setInterval(() => void this.#tell(), TELL_AGAIN).unref();
        break;
      case "cards":
        for (const card of data.cards) {
          const read = remoteCard.safeParse(card);
          if (read.success) {
            this.#facts.hearCard(read.data);
          }
        }
        break;
      case "flows":
        for (const node of data.nodes) {
          const read = remoteFlows.safeParse(node);
          if (read.success) {
            this.#facts.hearFlows(read.data);
          }
        }
        break;
      case "detail":
        this.#facts.hearDetail(data.detail, Date.now());
    }
  }

  async #tell(): Promise<void> {
    const now = Date.now();
    for (const [from, { until }] of this.#wishes) {
      if (until < now) {
        this.#wishes.delete(from);
      }
    }
    if (this.#wishes.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#told = new Map();
      return;
    }
    // One at a time: while the database is slow the next telling has the newest of all.
    if (this.#isTelling) {
      return;
    }
    this.#isTelling = true;
    try {
      await this.#tellCards();
      await this.#tellFlows(now);
      await this.#tellDetails();
    } catch {
      // It is told again, whole.
      this.#told = new Map();
    } finally {
      this.#isTelling = false;
    }
  }

  async #tellCards(): Promise<void> {
    const changed: { id: string; epoch: string; facts: unknown }[] = [];
    for (const state of this.#states.all()) {
      const facts = this.#facts.ownCard(state);
      const text = JSON.stringify([state.epoch.toString(), facts]);
      if (state.isHere && this.#told.get(state.nodeId) !== text) {
        this.#told.set(state.nodeId, text);
        changed.push({ id: state.nodeId, epoch: state.epoch.toString(), facts });
      }
    }
    for (let from = 0; from < changed.length; from += MOST_CARDS) {
      await this.#send({ kind: "cards", from: this.#app.instanceId, cards: changed.slice(from, from + MOST_CARDS) });
    }
  }

  async #tellFlows(now: number): Promise<void> {
    const isWanted = [...this.#wishes.values()].some(({ flows }) => flows);
    if (!isWanted || now - this.#toldFlowsAt < TELL_FLOWS_AGAIN) {
      return;
    }
    this.#toldFlowsAt = now;
    const changed: { id: string; epoch: string; at: number; flows: unknown }[] = [];
    for (const { nodeId, isHere, summary, statsAt, epoch } of this.#states.all()) {
      if (isHere && summary !== undefined && this.#told.get(`flows ${nodeId}`) !== summary) {
        this.#told.set(`flows ${nodeId}`, summary);
        changed.push({ id: nodeId, epoch: epoch.toString(), at: statsAt, flows: summary.flows });
      }
    }
    for (let from = 0; from < changed.length; from += MOST_WITH_FLOWS) {
      await this.#send({ kind: "flows", from: this.#app.instanceId, nodes: changed.slice(from, from + MOST_WITH_FLOWS) });
    }
  }

  #forgetToldFlows(): void {
    for (const key of this.#told.keys()) {
      if (key.startsWith("flows ")) {
        this.#told.delete(key);
      }
    }
  }

  async #tellDetails(): Promise<void> {
    const wanted = new Set([...this.#wishes.values()].flatMap(({ nodes }) => nodes));
    for (const state of [...wanted].slice(0, MOST_DETAILS).map((id) => this.#states.get(id))) {
      if (state?.isHere === true && this.#told.get(`full ${state.nodeId}`) !== state.stats) {
        this.#told.set(`full ${state.nodeId}`, state.stats);
        await this.#tellDetail(state);
      }
    }
  }

  async #tellDetail({ epoch, health, nodeId, stats, statsAt }: NodeState): Promise<void> {
    const detail = { id: nodeId, epoch: epoch.toString(), stats, stats_at: statsAt === 0 ? null : new Date(statsAt).toISOString(), health };
    const isTooLarge = JSON.stringify(detail).length > DETAIL_MAX;
    await this.#send({ kind: "detail", from: this.#app.instanceId, detail: isTooLarge ? { ...detail, stats: undefined } : detail });
  }

  #publish(message: unknown): void {
    this.#send(message).catch(() => {
      this.#asked = { at: 0, what: "" };
    });
  }

  #send(message: unknown): Promise<void> {
    return this.#app.messages.publish(this.#app.database.queries, "cards", message);
  }
}
