import { isFault } from "@bilbycast/foundation/fault";
import {
  checkLoosely,
  configWarnings,
  inGivenWords,
  isObject,
  knownButUnused,
  migrate,
  type ConfigProblem,
  type Looked,
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
  const { problems, ...checked } = checkLoosely(flat.document, declarations, permissionsOf(environment));
  const notes = isObject(flat.document) ? notesOf({ document: flat.document, ...checked }) : [];
  return {
    lines: [
      ...linesOf(problems, flat.origins),
      ...linesOf(notes, flat.origins),
      problems.length === 0 ? `${path} is right` : `${path} has ${problems.length} problem${problems.length === 1 ? "" : "s"}`,
    ],
    isRight: problems.length === 0,
  };
};

/** What is worth a look, then what has no effect yet. */
const notesOf = (looked: Looked): ConfigProblem[] => [
  ...configWarnings(looked, declarations),
  ...knownButUnused(looked.document).map((path) => ({ path, code: "key_unused", message: "is kept and not used by this version" })),
];

const linesOf = (problems: readonly ConfigProblem[], origins: readonly Origin[]): string[] =>
  inGivenWords(problems, origins).map(({ path, code, message }) => `${path === "" ? "(document)" : path}  ${code}  ${message}`);
