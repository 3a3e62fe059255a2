import { isObject, type ConfigDocument, type ConfigProblem } from "@bilbycast/contracts/config";
import type { EngineEvent } from "@bilbycast/engine/flow";

/** Warnings that are told of one configuration; a document of a megabyte could have a hundred thousand. */
const WARNINGS_MAX = 100;

/** As many as are told, and behind them how many there are besides. */
export const boundedWarnings = (warnings: readonly ConfigProblem[], most: number = WARNINGS_MAX): ConfigProblem[] => {
  const more = warnings.length - most;
  return more <= 0
    ? [...warnings]
    : [...warnings.slice(0, most), { path: "", code: "warnings_more", message: `has ${more} more warnings; check-config tells them all` }];
};

/** A warning as a whole sentence: `max_bitrate_mbps of the input "cam" is ...`. */
export const warningSentence = ({ path, message }: ConfigProblem, document: ConfigDocument): string => {
  const { kind, id, field } = placeOf(path, document);
  return id === ""
    ? `${path === "" ? "The configuration" : path} ${message}`
    : `${field} of the ${kind.replace("_", " ")} "${id}" ${message}`;
};

/** Makes an event of each warning when its configuration takes effect, and none of one that held before. */
export class WarningWatch {
  #known: ReadonlySet<string> = new Set();

  /** Feed it each configuration that takes effect. */
  take({ warnings, document }: { warnings: readonly ConfigProblem[]; document: ConfigDocument }): EngineEvent[] {
    const keyed = warnings.map((warning) => ({ warning, place: placeOf(warning.path, document) }));
    // An entry keeps its id when others before it go, and not its place.
    const keyOf = ({ warning, place }: (typeof keyed)[number]): string => JSON.stringify([warning.code, place]);
    const events = keyed
      .filter((each) => !this.#known.has(keyOf(each)))
      .map(({ warning, place: { kind, id } }): EngineEvent => {
        const owner = kind === "flow" ? { flowId: id } : kind === "input" ? { inputId: id } : kind === "output" ? { outputId: id } : {};
        return {
          severity: "warning",
          category: "config",
          code: "config_warning",
          message: warningSentence(warning, document),
          ...(id === "" ? {} : owner),
          details: { path: warning.path, code: warning.code },
        };
      });
    this.#known = new Set(keyed.map(keyOf));
    return events;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  inputs: "input",
  outputs: "output",
  flows: "flow",
  tunnels: "tunnel",
  flow_groups: "flow_group",
};

/** The entry that a path lies in, by its id, and the rest of the path; without `id` the path is the field. */
const placeOf = (path: string, document: ConfigDocument): { kind: string; id: string; field: string } => {
  const [, list = "", index = "", field = ""] = /^(\w+)\[(\d+)\]\.(.+)$/s.exec(path) ?? [];
  const kind = KINDS[list];
  const entries: unknown = kind === undefined ? undefined : document[list];
  const entry: unknown = Array.isArray(entries) ? entries[Number(index)] : undefined;
  const id = isObject(entry) && typeof entry["id"] === "string" ? entry["id"] : "";
  return kind === undefined || id === "" ? { kind: "", id: "", field: path } : { kind, id, field };
};
