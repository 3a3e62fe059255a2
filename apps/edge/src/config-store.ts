import { randomUUID } from "node:crypto";
import { Fault } from "@bilbycast/foundation/fault";
import {
  checkConfig,
  inGivenWords,
  isObject,
  migrate,
  type Config,
  type ConfigDocument,
  type ConfigProblem,
  type Origin,
} from "@bilbycast/contracts/config";
import type { ApiProblem } from "@bilbycast/contracts/edge-api";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { ConfigDraft } from "./config-draft.ts";
import { defaultDocument, keepVersionOne, readConfigFile, writeConfigFile } from "./config-file.ts";

/** A configuration in both its forms: as it is written, and checked with the defaults filled in. */
export type Prepared = { document: ConfigDocument; config: Config; origins: readonly Origin[] };

/** The configuration on disk and in memory. Both change together, after every check, or not at all. */
export class ConfigStore {
  readonly path: string;
  readonly #declarations: readonly Declaration[];
  #current: Prepared;
  /** True until the file of version 1 has been kept beside its successor. */
  #versionOneOnDisk: boolean;
  #identityIsNew: boolean;

  private constructor(
    path: string,
    declarations: readonly Declaration[],
    current: Prepared,
    disk: { versionOne: boolean; identity: boolean },
  ) {
    this.path = path;
    this.#declarations = declarations;
    this.#current = current;
    this.#versionOneOnDisk = disk.versionOne;
    this.#identityIsNew = !disk.identity;
  }

  /**
   * Reads the file; a missing one is an empty configuration. The node's identity is made here when it has none.
   * Throws the Fault `config_unreadable` or `config_invalid`; the file is not touched either way.
   */
  static async open(path: string, declarations: readonly Declaration[]): Promise<ConfigStore> {
    const found = await readConfigFile(path);
    const given = found ?? defaultDocument();
    const prepared = prepareDocument(given, declarations);
    const disk = { versionOne: isObject(found) && found["version"] === 1, identity: prepared.config.node_id !== undefined };
    return new ConfigStore(path, declarations, withIdentity(prepared), disk);
  }

  get document(): ConfigDocument {
    return this.#current.document;
  }

  get config(): Config {
    return this.#current.config;
  }

  /** The configuration as an edit would make it. Throws the Fault `config_invalid` with every problem; nothing has changed then. */
  prepare(edit: (draft: ConfigDraft) => void): Prepared {
    const draft = new ConfigDraft(this.#current.document);
    edit(draft);
    return check(draft.document, draft.origins, this.#declarations);
  }

  /** The configuration that somebody put on the disk. */
  async prepareFromDisk(): Promise<Prepared> {
    const given = (await readConfigFile(this.path)) ?? defaultDocument();
    const prepared = prepareDocument(given, this.#declarations);
    return withIdentity(prepared, this.#current.config.node_id);
  }

  /** Writes and then adopts a prepared configuration. Throws the Fault `config_persist_failed`; the former one stays then. */
  async commit(next: Prepared): Promise<void> {
    try {
      if (this.#versionOneOnDisk) {
        await keepVersionOne(this.path);
      }
      await writeConfigFile(this.path, next.document);
    } catch (cause) {
      throw new Fault("config_persist_failed", "The configuration could not be written", { cause, details: { path: this.path } });
    }
    this.#versionOneOnDisk = false;
    this.#identityIsNew = false;
    this.#current = next;
  }

  /** Writes the identity that was made at the first start, so that the next start has the same. Throws like `commit`. */
  async keepIdentity(): Promise<void> {
    if (this.#identityIsNew) {
      await this.commit(this.#current);
    }
  }

  /** Adopts what is on the disk already. */
  adopt(next: Prepared): void {
    this.#current = next;
  }
}

/** A document as it was given, of either version, flat or nested, after every check. */
export const prepareDocument = (given: unknown, declarations: readonly Declaration[]): Prepared => {
  if (!isObject(given)) {
    return check(given, [], declarations);
  }
  const { document, origins } = migrate(given);
  return check(document, origins, declarations);
};

const check = (document: unknown, origins: readonly Origin[], declarations: readonly Declaration[]): Prepared => {
  const { config, problems } = checkConfig(document, declarations);
  if (config === undefined || !isObject(document)) {
    throw invalid(problems, origins);
  }
  return { document, config, origins };
};

const invalid = (problems: readonly ConfigProblem[], origins: readonly Origin[]): Fault => {
  const inBody = inGivenWords(problems, origins);
  const told: ApiProblem[] = problems.map((problem, index) => {
    const field = inBody[index]?.path;
    return field === undefined || field === problem.path ? problem : { ...problem, field };
  });
  const [first] = told;
  const name = first?.field ?? first?.path ?? "";
  const more = told.length > 1 ? ` (and ${told.length - 1} more)` : "";
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
