import type { FlowRow, NodeCard } from "@bilbycast/contracts/manager-api";
import type { SortValue } from "../../table/order.ts";
import type { State } from "../../words/state.ts";
import { stateOfFlow } from "../node/flow-view.ts";

/** A flow of any node. Of a row that came by patches a field that is null may be absent. */
export type FlowEntry = {
  /** Of the flow among those of all nodes. */
  id: string;
  nodeId: string;
  flowId: string;
  node: NodeCard;
  row: FlowRow;
  state: State;
  /** Its node is away: what it told last is not so any more. */
  isAway: boolean;
};

export const entryId = (nodeId: string, flowId: string): string => `${nodeId} ${flowId}`;

/** A node's id has no space in it; a flow's may. */
export const partsOfId = (id: string): { nodeId: string; flowId: string } => {
  const at = id.indexOf(" ");
  return { nodeId: id.slice(0, at), flowId: id.slice(at + 1) };
};

/** The flows of these nodes. */
export const entriesOf = (
  nodes: readonly NodeCard[],
  rowsOf: (nodeId: string) => Readonly<Record<string, FlowRow>> | undefined,
): FlowEntry[] =>
  nodes.flatMap((node) => {
    const isAway = node.status === "offline" || node.status === "pending";
    return Object.entries(rowsOf(node.id) ?? {}).map(([flowId, row]): FlowEntry => ({
      id: entryId(node.id, flowId),
      nodeId: node.id,
      flowId,
      node,
      row,
      state: isAway ? "unknown" : stateOfFlow({ state: row.state, health: row.health ?? "" }),
      isAway,
    }));
  });

export const activeInputOf = (row: FlowRow): FlowRow["inputs"][number] | undefined =>
  row.inputs.find(({ id }) => id === row.input_id) ?? (row.inputs.length === 1 ? row.inputs[0] : undefined);

/** The kind of the input that it takes now, as the filter has it. */
export const kindOf = ({ row }: FlowEntry): string => activeInputOf(row)?.kind ?? "";

const RANKS: Readonly<Record<State, number>> = { critical: 4, warning: 3, unknown: 2, good: 1, off: 0 };

/** How much trouble a flow is in: by its state, then by what it loses. */
export const troubleOf = ({ state, row, isAway }: FlowEntry): number =>
  RANKS[state] * 1_000 + (isAway ? 0 : Math.min(100, row.loss_percent ?? 0));

/** What columns are sorted by; what is not known stands last. */
export const SORTS: Readonly<Record<string, (entry: FlowEntry) => SortValue>> = {
  worst: troubleOf,
  name: ({ row }) => row.name,
  node: ({ node }) => node.name,
  input: (entry) => `${kindOf(entry)} ${activeInputOf(entry.row)?.name ?? ""}`,
  in: ({ row, isAway }) => (isAway ? undefined : (row.bitrate_in_bps ?? undefined)),
  out: ({ row, isAway }) => (isAway ? undefined : (row.bitrate_out_bps ?? undefined)),
  loss: ({ row, isAway }) => (isAway ? undefined : (row.loss_percent ?? undefined)),
  rtt: ({ row, isAway }) => (isAway ? undefined : (row.rtt_ms ?? undefined)),
  since: ({ row, isAway }) => (isAway ? undefined : (row.since ?? undefined)),
};

export const STATE_WORDS: Readonly<Record<State, string>> = {
  critical: "critical",
  warning: "warning",
  unknown: "no data",
  good: "good",
  off: "stopped",
};

export type Filter = { text: string; state: string | undefined; kind: string | undefined };

/** Every word stands in what is known of the flow, and it is in the state and of the kind that were chosen. */
export const fits = (entry: FlowEntry, { text, state, kind }: Filter): boolean => {
  if ((state !== undefined && entry.state !== state) || (kind !== undefined && kindOf(entry) !== kind)) {
    return false;
  }
  if (text === "") {
    return true;
  }
  const { row, node, flowId } = entry;
  const known =
    `${row.name} ${flowId} ${node.name} ${row.state} ${STATE_WORDS[entry.state]} ${row.inputs.map((input) => `${input.name} ${input.kind}`).join(" ")}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => known.includes(word));
};

/** Inputs by which some of the flows can go on, with how many have one of that name; the most first. */
export const inputsOf = (entries: readonly FlowEntry[]): { name: string; count: number }[] => {
  const names = entries.flatMap(({ row }) => [...new Set(row.inputs.map(({ name }) => name))]);
  return [...Map.groupBy(names, (name) => name)]
    .map(([name, all]) => ({ name, count: all.length }))
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name));
};
