import type { z } from "zod";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { aheadProblems } from "./ahead-rules.ts";
import { isObject, withoutNulls, type ConfigDocument } from "./document.ts";
import { flowGroupSchema, flowSchema, type Flow, type FlowGroup } from "./flow-shape.ts";
import { groupProblems } from "./group-rules.ts";
import { headProblems, type Permissions } from "./head-rules.ts";
import { identityProblems } from "./identity-rules.ts";
import { kindsOf, partSchemas, transportFields, type Part, type Side } from "./parts.ts";
import { portProblems } from "./port-rules.ts";
import { pathText, problemsOf, type ConfigProblem } from "./problem.ts";
import { CONFIG_VERSION, headSchema, type Config } from "./shape.ts";
import { tunnelProblems } from "./tunnel-rules.ts";
import { tunnelSchema, type Tunnel } from "./tunnel-shape.ts";
import { unitProblems } from "./unit-rules.ts";

/** `config` is there when there are no problems. */
export type CheckedConfig = { config?: Config; problems: ConfigProblem[] };

/** Flows, inputs or outputs that passed their own checks, each at its index in the document. */
type Checked<T> = readonly (T | undefined)[];

/** The lists of a document. */
export const LISTS = ["inputs", "outputs", "flows", "tunnels", "flow_groups"] as const;

/**
 * Checks a flat document of version 2 and reports everything that is wrong with it at once: a fault in one part does not hide
 * the faults of the others, nor those between them. The document itself is left as it is.
 */
export const checkConfig = (
  document: unknown,
  declarations: readonly Declaration[],
  permissions: Permissions = { allowInsecure: false },
): CheckedConfig => {
  if (!isObject(document)) {
    return { problems: [{ path: "", code: "field_type", message: "must be an object" }] };
  }
  const version = document["version"];
  if (typeof version === "number" && version > CONFIG_VERSION) {
    const message = `version ${version} is newer than this program, which reads 1 and ${CONFIG_VERSION}; nothing was changed`;
    return { problems: [{ path: "version", code: "version_unsupported", message }] };
  }
  const problems: ConfigProblem[] = [];
  const head = checkOne(headSchema, headOf(document), "", problems);
  const inputs = checkParts(document, "input", declarations, problems);
  const outputs = checkParts(document, "output", declarations, problems);
  const flows = checkList(document, "flows", problems).map((flow, index) => checkFlow(flow, index, problems));
  const tunnels = checkList(document, "tunnels", problems).map((tunnel, index) => checkTunnel(tunnel, index, problems));
  const groups = checkList(document, "flow_groups", problems).map((group, index) =>
    checkOne<FlowGroup>(flowGroupSchema, group, `flow_groups[${index}]`, problems),
  );
  const between = [
    headProblems(head, permissions),
    identityProblems(document, inputs),
    groupProblems(document),
    portProblems({ server: head?.server, monitor: head?.monitor, inputs, outputs, tunnels }, declarations),
    unitProblems(flows, inputs, outputs, declarations),
  ];
  between.forEach((found) => addAll(problems, found));
  if (problems.length > 0 || head === undefined) {
    return { problems };
  }
  const config: Config = { ...head, inputs: complete(inputs), outputs: complete(outputs), flows: complete(flows) };
  if (isWritten(document["tunnels"])) {
    config.tunnels = complete(tunnels);
  }
  if (isWritten(document["flow_groups"])) {
    config.flow_groups = complete(groups);
  }
  return { config, problems };
};

/** One by one: a call takes fewer arguments than a large document has problems. */
const addAll = (problems: ConfigProblem[], found: readonly ConfigProblem[]): void => found.forEach((problem) => problems.push(problem));

const isWritten = (list: unknown): boolean => list !== undefined && list !== null;

const checkOne = <T>(schema: z.ZodType<T>, written: unknown, at: string, problems: ConfigProblem[]): T | undefined => {
  const value = withoutNulls(written);
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  addAll(problems, problemsOf(result.error, value, at));
  return undefined;
};

const headOf = (document: ConfigDocument): ConfigDocument => {
  const head = { ...document };
  for (const list of LISTS) {
    delete head[list];
  }
  return head;
};

const checkList = (document: ConfigDocument, key: string, problems: ConfigProblem[]): unknown[] => {
  const list = document[key] ?? [];
  if (Array.isArray(list)) {
    return list;
  }
  problems.push({ path: key, code: "field_type", message: "must be a list" });
  return [];
};

const checkFlow = (flow: unknown, index: number, problems: ConfigProblem[]): Flow | undefined => {
  const checked = checkOne<Flow>(flowSchema, flow, `flows[${index}]`, problems);
  if (checked?.queue_packets !== undefined && checked.queue_packets > checked.bus_packets) {
    const message = `must be at most bus_packets, which is ${checked.bus_packets}`;
    problems.push({ path: `flows[${index}].queue_packets`, code: "field_range", message });
  }
  const { recording } = checked ?? {};
  const preBuffer = recording?.pre_buffer_seconds ?? 0;
  if (recording !== undefined && recording.retention_seconds > 0 && preBuffer > recording.retention_seconds) {
    const message = `must be at most retention_seconds, which is ${recording.retention_seconds}`;
    problems.push({ path: `flows[${index}].recording.pre_buffer_seconds`, code: "field_range", message });
  }
  return checked;
};

const checkTunnel = (tunnel: unknown, index: number, problems: ConfigProblem[]): Tunnel | undefined => {
  const at = `tunnels[${index}]`;
  const checked = checkOne<Tunnel>(tunnelSchema, tunnel, at, problems);
  const found = checked === undefined ? [] : tunnelProblems(checked, at);
  problems.push(...found);
  return found.length > 0 ? undefined : checked;
};

const checkParts = (
  document: ConfigDocument,
  side: Side,
  declarations: readonly Declaration[],
  problems: ConfigProblem[],
): Checked<Part> => {
  const schemas = partSchemas(declarations, side);
  const kinds = kindsOf(declarations, side);
  const list = checkList(document, `${side}s`, problems);
  return list.map((written, index) => {
    const at = `${side}s[${index}]`;
    if (!isObject(written)) {
      problems.push({ path: at, code: "field_type", message: "must be an object" });
      return undefined;
    }
    const kind = written["type"];
    const schema = typeof kind === "string" ? schemas.get(kind) : undefined;
    if (schema === undefined) {
      problems.push(unknownKind(at, side, kind, kinds));
      return undefined;
    }
    const part = checkOne(schema, written, at, problems);
    const declaration = declarations.find((candidate) => candidate.kind === kind);
    const found =
      part === undefined || declaration === undefined
        ? []
        : [...fieldRules(declaration, side, part, at), ...aheadProblems(declaration, side, part, at)];
    problems.push(...found);
    return found.length > 0 ? undefined : part;
  });
};

const unknownKind = (at: string, side: Side, kind: unknown, kinds: readonly string[]): ConfigProblem => {
  const known = `known types of ${side}s are ${kinds.join(", ")}`;
  return kind === undefined
    ? { path: `${at}.type`, code: "field_required", message: `is required: ${known}` }
    : { path: `${at}.type`, code: "type_unknown", message: `is no type of ${side} that this version knows; ${known}` };
};

const fieldRules = (declaration: Declaration, side: Side, part: Part, at: string): ConfigProblem[] => {
  const rules = side === "input" ? declaration.checkInput : declaration.checkOutput;
  const found = rules?.(transportFields(declaration, side, part) as never) ?? [];
  return found.map((problem) => ({ path: pathText(problem.path, at), code: problem.code ?? "field_value", message: problem.message }));
};

const complete = <T>(list: Checked<T>): T[] => list.filter((entry) => entry !== undefined);
