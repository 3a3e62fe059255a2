import type { Declaration } from "@bilbycast/engine/transport/declare";
import { LISTS, checkConfig } from "./check-config.ts";
import { isObject, type ConfigDocument } from "./document.ts";
import type { Permissions } from "./head-rules.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Config } from "./shape.ts";

type List = (typeof LISTS)[number];

/** An entry of the configuration that is not run, and why. */
export type BrokenEntry = {
  kind: "input" | "output" | "flow" | "tunnel" | "flow_group";
  /** Empty when the entry has none. */
  id: string;
  /** `flows[2]` */
  path: string;
  problems: ConfigProblem[];
};

/** `config` is there unless the fault lies outside the lists; `problems` says everything that is wrong, wherever it is. */
export type LooselyChecked = { config?: Config; broken: BrokenEntry[]; problems: ConfigProblem[] };

/**
 * What of a document can be run: entries with a problem are left out, and so are references to them, until the rest passes
 * every check. The document itself is left as it is.
 */
export const checkLoosely = (document: unknown, declarations: readonly Declaration[], permissions: Permissions): LooselyChecked => {
  const brokenByPath = new Map<string, BrokenEntry>();
  const problems: ConfigProblem[] = [];
  let rest = document;
  const places = new Map<List, number[]>();
  for (;;) {
    const { config, problems: found } = checkConfig(rest, declarations, permissions);
    if (config !== undefined) {
      return { config, broken: [...brokenByPath.values()], problems };
    }
    const located = found.map((problem) => locate(problem, places));
    located.forEach(({ problem }) => problems.push(problem));
    const entries = located.flatMap(({ list, index, problem }) => (list === undefined ? [] : [{ list, index, problem }]));
    if (!isObject(rest) || entries.length < located.length) {
      return { broken: [...brokenByPath.values()], problems };
    }
    for (const { list, index, problem } of entries) {
      note(brokenByPath, rest, list, index, problem, places);
    }
    rest = without(rest, entries, places);
  }
};

type Located = { problem: ConfigProblem; list?: List; index: number };

/** The entry that a problem lies in, and the problem with the path that holds in the document as it was written. */
const locate = (problem: ConfigProblem, places: ReadonlyMap<List, readonly number[]>): Located => {
  const match = /^(\w+)\[(\d+)\](.*)$/.exec(problem.path);
  const list = LISTS.find((candidate) => candidate === match?.[1]);
  if (list === undefined) {
    return { problem, index: -1 };
  }
  const index = Number(match?.[2]);
  const place = places.get(list)?.[index] ?? index;
  return { problem: { ...problem, path: `${list}[${place}]${match?.[3] ?? ""}` }, list, index };
};

const KINDS = { inputs: "input", outputs: "output", flows: "flow", tunnels: "tunnel", flow_groups: "flow_group" } as const;

const note = (
  brokenByPath: Map<string, BrokenEntry>,
  document: ConfigDocument,
  list: List,
  index: number,
  problem: ConfigProblem,
  places: ReadonlyMap<List, readonly number[]>,
): void => {
  const path = `${list}[${places.get(list)?.[index] ?? index}]`;
  const known = brokenByPath.get(path);
  if (known !== undefined) {
    known.problems.push(problem);
    return;
  }
  brokenByPath.set(path, { kind: KINDS[list], id: idOf(entriesOf(document, list)[index]), path, problems: [problem] });
};

const without = (document: ConfigDocument, gone: readonly { list: List; index: number }[], places: Map<List, number[]>): ConfigDocument => {
  const rest: ConfigDocument = { ...document };
  for (const list of LISTS) {
    const entries = entriesOf(rest, list);
    const dropped = new Set(gone.filter((entry) => entry.list === list).map((entry) => entry.index));
    if (dropped.size === 0) {
      continue;
    }
    const former = places.get(list) ?? entries.map((_, index) => index);
    places.set(
      list,
      former.filter((_, index) => !dropped.has(index)),
    );
    const kept = entries.filter((_, index) => !dropped.has(index));
    rest[list] = kept;
    const keptIds = new Set(kept.map(idOf));
    const lost = new Set(entries.filter((_, index) => dropped.has(index)).map(idOf));
    forget(rest, list, new Set([...lost].filter((id) => !keptIds.has(id))));
  }
  return rest;
};

/** Where entries of a list are named by others. */
const REFERENCES: Partial<Record<List, { list: List; field: string }>> = {
  inputs: { list: "flows", field: "input_ids" },
  outputs: { list: "flows", field: "output_ids" },
  flows: { list: "flow_groups", field: "flow_ids" },
};

const forget = (document: ConfigDocument, list: List, ids: ReadonlySet<string>): void => {
  if (list === "flow_groups") {
    document["flows"] = entriesOf(document, "flows").map((flow) =>
      isObject(flow) && ids.has(String(flow["flow_group_id"])) ? { ...flow, flow_group_id: null } : flow,
    );
  }
  const reference = REFERENCES[list];
  if (reference === undefined || ids.size === 0) {
    return;
  }
  document[reference.list] = entriesOf(document, reference.list).map((entry) => {
    const named = isObject(entry) ? entry[reference.field] : undefined;
    if (!isObject(entry) || !Array.isArray(named)) {
      return entry;
    }
    return { ...entry, [reference.field]: named.filter((id: unknown) => typeof id !== "string" || !ids.has(id)) };
  });
};

const entriesOf = (document: ConfigDocument, list: List): unknown[] => {
  const entries = document[list];
  return Array.isArray(entries) ? entries : [];
};

const idOf = (entry: unknown): string => (isObject(entry) && typeof entry["id"] === "string" ? entry["id"] : "");
