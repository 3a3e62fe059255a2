import type { Declaration } from "@bilbycast/engine/transport/declare";
import type { BrokenEntry } from "./check-loosely.ts";
import { objectsIn, type ConfigDocument } from "./document.ts";
import { transportFields, type Part, type Side } from "./parts.ts";
import { pathText, type ConfigProblem } from "./problem.ts";
import type { Config } from "./shape.ts";
import { unknownKeys } from "./unused.ts";

/** A flat document as it is written, with what of it can be run; without `config` only its keys are looked at. */
export type Looked = { document: ConfigDocument; config?: Config; broken: readonly BrokenEntry[] };

/** What of a configuration is allowed, takes effect, and is most likely not what somebody meant: at most one for each field. */
export const configWarnings = ({ document, config, broken }: Looked, declarations: readonly Declaration[]): ConfigProblem[] => [
  ...unknownKeys(document, declarations).map(({ path, meant }) => ({
    path,
    code: "key_unknown",
    message: `is kept and not used${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
  })),
  ...(["input", "output"] as const).flatMap((side) =>
    partWarnings(objectsIn(document, `${side}s`), side, config?.[`${side}s`] ?? [], broken, declarations),
  ),
];

/** Warnings of the transports, about parts that passed their checks. */
const partWarnings = (
  written: readonly Record<string, unknown>[],
  side: Side,
  checked: readonly Part[],
  broken: readonly BrokenEntry[],
  declarations: readonly Declaration[],
): ConfigProblem[] => {
  const partById = new Map<unknown, Part>(checked.map((part) => [part.id, part]));
  const brokenPaths = new Set(broken.map(({ path }) => path));
  return written.flatMap(({ id }, index) => {
    const at = `${side}s[${index}]`;
    const part = brokenPaths.has(at) ? undefined : partById.get(id);
    const declaration = declarations.find(({ kind }) => kind === part?.type);
    if (part === undefined || declaration === undefined) {
      return [];
    }
    const rules = side === "input" ? declaration.warnInput : declaration.warnOutput;
    const found = rules?.(transportFields(declaration, side, part) as never) ?? [];
    return found.map(({ path, code, message }) => ({ path: pathText(path, at), code: code ?? "field_unusual", message }));
  });
};
