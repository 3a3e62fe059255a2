import type { FlowRow } from "@bilbycast/contracts/manager-api";
import type { FlowSummary } from "../drivers/driver.ts";
import { Board } from "./board.ts";
import type { ToldFlows } from "./node-facts.ts";

type Rows = Readonly<Record<string, FlowRow>>;
/** What rows were made of, and what they were. */
type Posted = { told: ToldFlows; byId: ReadonlyMap<string, FlowSummary>; rows: Rows };

/** Above so many flows they are posted in every fifth round alone: nobody reads thousands of numbers a second, and they would be a megabyte. */
const MANY = 1_000;
const ROUNDS_OF_MANY = 5;
/** Milliseconds by which a start that is told in whole seconds wanders. */
const WANDERS = 3_000;

/** Every flow of every node, by node, as the list of all flows shows them; made only while somebody looks at that list. */
export class FlowBoard {
  readonly board = new Board();
  readonly #posted = new Map<string, Posted>();
  #count = 0;
  #round = Number.NEGATIVE_INFINITY;

  /** `nodes`: all of them, or none while nobody looks. */
  post(nodes: Iterable<string>, flowsOf: (nodeId: string) => ToldFlows | undefined, round: number): void {
    const wanted = new Set(nodes);
    for (const id of this.#posted.keys()) {
      if (!wanted.has(id)) {
        this.#posted.delete(id);
        this.board.drop(id, round);
      }
    }
    if (wanted.size === 0) {
      this.#round = Number.NEGATIVE_INFINITY;
      return;
    }
    if (this.#count > MANY && round - this.#round < ROUNDS_OF_MANY) {
      return;
    }
    this.#round = round;
    this.#count = 0;
    for (const id of wanted) {
      this.#count += this.#postNode(id, flowsOf(id), round);
    }
  }

  #postNode(nodeId: string, told: ToldFlows | undefined, round: number): number {
    const before = this.#posted.get(nodeId);
    if (told === undefined || before?.told.flows === told.flows) {
      return told?.flows.length ?? 0;
    }
    const rows = Object.fromEntries(told.flows.map((flow) => [flow.flow_id, rowOf(flow, told.at, before)]));
    this.#posted.set(nodeId, { told, byId: new Map(told.flows.map((flow) => [flow.flow_id, flow])), rows });
    this.board.put(nodeId, rows, round);
    return told.flows.length;
  }
}

const rowOf = (flow: FlowSummary, at: number, before: Posted | undefined): FlowRow => ({
  name: flow.name,
  state: flow.state,
  health: flow.health,
  since: sinceOf(flow, at, before?.rows[flow.flow_id]?.since ?? null),
  input_id: flow.active_input_id,
  inputs: flow.more === undefined ? [] : [...flow.more.inputs],
  outputs: flow.more?.outputs ?? 0,
  bitrate_in_bps: flow.bitrate_in_bps,
  bitrate_out_bps: flow.bitrate_out_bps,
  loss_percent: lossOf(flow, before?.byId.get(flow.flow_id)),
  rtt_ms: flow.rtt_ms,
});

/** The start as it was told before, unless it is another one. */
const sinceOf = ({ more }: FlowSummary, at: number, before: string | null): string | null => {
  if (more === undefined || more.uptime_secs === null || more.uptime_secs === 0 || at === 0) {
    return null;
  }
  const began = at - more.uptime_secs * 1_000;
  return before !== null && Math.abs(Date.parse(before) - began) < WANDERS ? before : new Date(began).toISOString();
};

/** Per cent of what came since; null where counters began anew, or nothing came. */
const lossOf = (flow: FlowSummary, before: FlowSummary | undefined): number | null => {
  const [lost, lostBefore] = [flow.packets_lost, before?.packets_lost ?? null];
  const [received, receivedBefore] = [flow.packets_received, before?.packets_received ?? null];
  if (lost === null || lostBefore === null || received === null || receivedBefore === null) {
    return null;
  }
  const [newLost, newReceived] = [lost - lostBefore, received - receivedBefore];
  return newLost < 0 || newReceived < 0 || newLost + newReceived === 0
    ? null
    : Math.round((newLost / (newLost + newReceived)) * 100_000) / 1_000;
};
