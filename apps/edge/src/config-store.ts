import { randomUUID } from "node:crypto";
import { Fault } from "@bilbycast/foundation/fault";
import {
  checkLoosely,
  configWarnings,
  inGivenWords,
  isObject,
  mergeSecrets,
  migrate,
  splitSecrets,
  type BrokenEntry,
  type Config,
  type ConfigDocument,
  type ConfigProblem,
  type Origin,
} from "@bilbycast/contracts/config";
import type { ApiProblem } from "@bilbycast/contracts/edge-api";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { activeAfter, withActive } from "./active-inputs.ts";
import { ConfigDraft } from "./config-draft.ts";
import { boundedWarnings } from "./config-warnings.ts";
import { ConfigPair, type PairContent } from "./config-pair.ts";
import type { Environment } from "./secrets-key.ts";
import type { WantedSwitch } from "./switch-batch.ts";

/** A configuration in both its forms: as it is written, and checked with the defaults filled in. */
export type Prepared = {
  document: ConfigDocument;
  /** What can be run: entries that are broken are left out. */
  config: Config;
  origins: readonly Origin[];
  /** What stays in the document and is not run. */
  broken: readonly BrokenEntry[];
  /** What runs and is worth a look. */
  warnings: readonly ConfigProblem[];
};

/** A configuration that somebody put on the disk, with what else was found there. */
export type PreparedFromDisk = Prepared & { disk: PairContent };

/** The configuration on disk and in memory. Both change together, after every check, or not at all. */
export class ConfigStore {
  readonly path: string;
  readonly #pair: ConfigPair;
  readonly #rules: Rules;
  #current: Prepared;
  #disk: PairContent;
  #identityIsNew: boolean;

  private constructor(pair: ConfigPair, rules: Rules, disk: PairContent, current: Prepared) {
    this.path = pair.path;
    this.#pair = pair;
    this.#rules = rules;
    this.#disk = disk;
    this.#identityIsNew = current.config.node_id === undefined;
    this.#current = withIdentity(current);
  }

  /**
   * Reads the configuration and its secrets; missing files are an empty configuration. The node's identity is made here when it
   * has none. Entries that break a rule are `broken`; anything else that is wrong throws a Fault, `config_unreadable`,
   * `config_invalid` or one of secrets, and the files are not touched.
   */
  static async open(path: string, declarations: readonly Declaration[], environment: Environment = process.env): Promise<ConfigStore> {
    const pair = new ConfigPair(path, environment);
    const rules = { declarations, permissions: permissionsOf(environment) };
    const disk = await pair.read();
    return new ConfigStore(
      pair,
      rules,
      disk,
      checkGiven(disk.document, rules, () => true),
    );
  }

  get document(): ConfigDocument {
    return this.#current.document;
  }

  get config(): Config {
    return this.#current.config;
  }

  /** Entries of the configuration that are not run, and why. */
  get broken(): readonly BrokenEntry[] {
    return this.#current.broken;
  }

  /** What of the configuration is allowed and worth a look. */
  get warnings(): readonly ConfigProblem[] {
    return this.#current.warnings;
  }

  /**
   * The configuration as an edit would make it. Throws the Fault `config_invalid` with every problem; nothing has changed then.
   * An entry that is broken already may stay as it is.
   */
  prepare(edit: (draft: ConfigDraft) => void): Prepared {
    const draft = new ConfigDraft(this.#current.document);
    edit(draft);
    return check(draft.document, draft.origins, this.#rules, this.#isBrokenAlready());
  }

  /** The same with other inputs active. That makes no configuration wrong, since an input is on one flow only: nothing is checked. */
  prepareSwitches(switches: readonly WantedSwitch[]): Prepared {
    const { config, document } = this.#current;
    const active = activeAfter(config, switches);
    return { ...this.#current, origins: [], document: withActive(document, active), config: withActive(config, active) };
  }

  /** A document as somebody gave it, of either version, flat or nested, after every check. Throws the Fault `config_invalid`. */
  prepareGiven(given: unknown): Prepared {
    return checkGiven(given, this.#rules, () => false);
  }

  /** A whole document with the credentials that it does not say and the present one has; one that is null is taken away. */
  withSecrets(document: ConfigDocument): ConfigDocument {
    return mergeSecrets(document, splitSecrets(this.#current.document).secrets, { nullSays: true }).document;
  }

  /** The configuration that somebody put on the disk. */
  async prepareFromDisk(): Promise<PreparedFromDisk> {
    const disk = await this.#pair.read();
    const prepared = checkGiven(disk.document, this.#rules, this.#isBrokenAlready());
    return { ...withIdentity(prepared, this.#current.config.node_id), disk };
  }

  /** Writes and then adopts a prepared configuration. Throws the Fault `config_persist_failed`; the former one stays then. */
  async commit(next: Prepared): Promise<void> {
    const { rest } = this.#disk;
    try {
      if (isObject(this.#disk.document) && this.#disk.document["version"] === 1) {
        await this.#pair.keepVersionOne(this.#disk.isUnsplit);
      }
      this.#disk = await this.#pair.write({ ...this.#disk, document: this.#current.document }, { document: next.document, rest });
    } catch (cause) {
      throw new Fault("config_persist_failed", "The configuration could not be written", { cause, details: { path: this.path } });
    }
    this.#identityIsNew = false;
    this.#current = next;
  }

  /** Writes what the first start made: the identity, and the secrets in a file of their own. Throws like `commit`. */
  async keepIdentity(): Promise<void> {
    if (this.#identityIsNew || this.#disk.isUnsplit) {
      await this.commit(this.#current);
    }
  }

  /** Adopts what is on the disk already. */
  adopt({ disk, ...next }: PreparedFromDisk): void {
    this.#disk = disk;
    this.#current = next;
  }

  #isBrokenAlready(): (kind: BrokenEntry["kind"], entry: unknown) => boolean {
    const { broken, document } = this.#current;
    const known = new Set(broken.map((entry) => `${entry.kind} ${JSON.stringify(entryAt(document, entry.path))}`));
    return (kind, entry) => known.has(`${kind} ${JSON.stringify(entry)}`);
  }
}

type Rules = { declarations: readonly Declaration[]; permissions: { allowInsecure: boolean } };

/** What the environment lets a configuration do. */
export const permissionsOf = (environment: Environment): Rules["permissions"] => ({
  allowInsecure: environment["BILBYCAST_ALLOW_INSECURE"] === "1",
});

type IsTolerated = (kind: BrokenEntry["kind"], entry: unknown) => boolean;

const checkGiven = (given: unknown, rules: Rules, isTolerated: IsTolerated): Prepared => {
  if (!isObject(given)) {
    return check(given, [], rules, isTolerated);
  }
  const { document, origins } = migrate(given);
  return check(document, origins, rules, isTolerated);
};

const check = (given: unknown, origins: readonly Origin[], { declarations, permissions }: Rules, isTolerated: IsTolerated): Prepared => {
  const { config, broken, problems } = checkLoosely(given, declarations, permissions);
  if (config === undefined || !isObject(given)) {
    throw invalid(problems, origins);
  }
  const refused = broken.filter((entry) => !isTolerated(entry.kind, entryAt(given, entry.path)));
  if (refused.length > 0) {
    const theirs = new Set(refused.flatMap((entry) => entry.problems));
    throw invalid(
      problems.filter((problem) => theirs.has(problem)),
      origins,
    );
  }
  // The number of a save belongs to the file.
  const { generation: _, ...document } = given;
  return { document, config, origins, broken, warnings: boundedWarnings(configWarnings({ document, config, broken }, declarations)) };
};

const entryAt = (document: ConfigDocument, path: string): unknown => {
  const [list = "", index = ""] = path.slice(0, -1).split("[");
  const entries = document[list];
  return Array.isArray(entries) ? (entries as unknown[])[Number(index)] : undefined;
};

/** Problems of one document that are answered: nobody reads more, and an answer should not be larger than what was asked. */
const PROBLEMS_TOLD = 1_000;

/** Problems with the field that each is about in the words of what was given, where those differ. */
export const withFields = (problems: readonly ConfigProblem[], origins: readonly Origin[]): ApiProblem[] => {
  const inBody = inGivenWords(problems, origins);
  return problems.map((problem, index) => {
    const field = inBody[index]?.path;
    return field === undefined || field === problem.path ? problem : { ...problem, field };
  });
};

const invalid = (problems: readonly ConfigProblem[], origins: readonly Origin[]): Fault => {
  const told = withFields(problems.slice(0, PROBLEMS_TOLD), origins);
  const [first] = told;
  const name = first?.field ?? first?.path ?? "";
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const sentence = `${name === "" ? "The configuration" : name} ${first?.message ?? "is wrong"}${more}`;
  return new Fault("config_invalid", sentence, { details: { field: name, problems: told } });
};

const withIdentity = (prepared: Prepared, known?: string): Prepared => {
  if (prepared.config.node_id !== undefined) {
    return prepared;
  }
  const identity = known ?? randomUUID();
  return {
    ...prepared,
    document: { ...prepared.document, node_id: identity },
    config: { ...prepared.config, node_id: identity },
  };
};
