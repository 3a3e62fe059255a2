import { isFault } from "@bilbycast/foundation/fault";
import {
  checkLoosely,
  inGivenWords,
  isObject,
  keptButUnused,
  migrate,
  unknownKeys,
  type ConfigProblem,
  type Origin,
} from "@bilbycast/contracts/config";
import { declarations } from "@bilbycast/transports/declarations";
import { ConfigPair } from "./config-pair.ts";
import { permissionsOf } from "./config-store.ts";
import type { Environment } from "./secrets-key.ts";

/** What `check-config` prints, and whether the edge would run everything in the configuration. */
export type ConfigReport = { lines: string[]; isRight: boolean };

/** Everything that is wrong with a configuration and its secrets, and everything in it that has no effect. Nothing is written. */
export const reportConfig = async (path: string, environment: Environment): Promise<ConfigReport> => {
  let document: unknown;
  try {
    ({ document } = await new ConfigPair(path, environment).read());
  } catch (fault) {
    if (!isFault(fault)) {
      throw fault;
    }
    return { lines: [`${path}  ${fault.code}  ${fault.message}`], isRight: false };
  }
  const flat = isObject(document) ? migrate(document) : { document, origins: [] };
  const { problems } = checkLoosely(flat.document, declarations, permissionsOf(environment));
  const notes = isObject(flat.document) ? notesOf(flat.document) : [];
  return {
    lines: [
      ...linesOf(problems, flat.origins),
      ...linesOf(notes, flat.origins),
      problems.length === 0 ? `${path} is right` : `${path} has ${problems.length} problem${problems.length === 1 ? "" : "s"}`,
    ],
    isRight: problems.length === 0,
  };
};

const notesOf = (document: Record<string, unknown>): ConfigProblem[] => {
  const unknown = unknownKeys(document, declarations);
  const known = new Set(unknown.map(({ path }) => path));
  return [
    ...unknown.map(({ path, meant }) => ({
      path,
      code: "key_unknown",
      message: `is kept and not used${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    })),
    ...keptButUnused(document, declarations)
      .filter((path) => !known.has(path))
      .map((path) => ({ path, code: "key_unused", message: "is kept and not used by this version" })),
  ];
};

const linesOf = (problems: readonly ConfigProblem[], origins: readonly Origin[]): string[] =>
  inGivenWords(problems, origins).map(({ path, code, message }) => `${path === "" ? "(document)" : path}  ${code}  ${message}`);
