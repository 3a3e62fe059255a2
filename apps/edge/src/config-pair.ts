import { constants } from "node:fs";
import { access, chmod, copyFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Fault } from "@bilbycast/foundation/fault";
import { isObject, joinSecrets, mergeSecrets, splitSecrets, type ConfigDocument, type Secrets } from "@bilbycast/contracts/config";
import { StagedFile, readJson } from "./config-disk.ts";
import { readSecrets, secretsText, type SavedSecrets } from "./secrets-file.ts";
import { SecretsKey, type Environment } from "./secrets-key.ts";

/** What the pair of files holds: a whole configuration with its credentials in their places. */
export type PairContent = {
  /** The default when there is no file. */
  document: unknown;
  /** Credentials that have no place in the document yet. */
  rest: Secrets;
  /** Number of the save; `undefined` when a person wrote the configuration. */
  generation: number | undefined;
  /** Number of the last save of secrets, which the next one exceeds. */
  latest: number;
  /** True while the file of the configuration holds credentials. */
  isUnsplit: boolean;
  /** False when a person wrote the file of secrets, or there is none. */
  isSealed: boolean;
};

/** What a missing file stands for. */
const defaultDocument = (): ConfigDocument => ({
  version: 2,
  server: { listen_addr: "127.0.0.1", listen_port: 8080 },
  inputs: [],
  outputs: [],
  flows: [],
});

/** How often a reader that meets a writer tries again. */
const READ_ATTEMPTS = 5;

/**
 * `config.json` and `secrets.json`, saved together. Both carry the number of the save in which the secrets changed last. The secrets go
 * first and bring those of the save before along, so that whichever configuration is found has its secrets beside it; the rename of the
 * configuration is the moment of the save.
 */
export class ConfigPair {
  readonly path: string;
  readonly secretsPath: string;
  readonly #key: SecretsKey;

  constructor(path: string, environment: Environment) {
    this.path = path;
    this.secretsPath = join(dirname(path), "secrets.json");
    this.#key = new SecretsKey(dirname(path), environment);
  }

  /** Throws the Faults `config_unreadable`, `config_invalid`, `secrets_unreadable`, `secrets_key_unusable`, `secrets_mismatch`. */
  async read(): Promise<PairContent> {
    for (let attempt = 1; ; attempt++) {
      const content = await this.#readOnce(attempt === READ_ATTEMPTS);
      if (content !== undefined) {
        return content;
      }
    }
  }

  /** Saves a configuration in the place of `former`, which holds until the last moment. Returns what is on the disk then. */
  async write(former: PairContent, next: { document: ConfigDocument; rest: Secrets }): Promise<PairContent> {
    const { document, rest } = former;
    const base =
      former.generation === undefined && isObject(document) ? await this.#put({ document, rest }, former.latest + 1, undefined) : former;
    return this.#put(next, base.latest + 1, base);
  }

  /** Keeps a file of version 1 beside the one that replaces it, as `config.v1.json`. The first copy is never overwritten. */
  async keepVersionOne(isPrivate: boolean): Promise<void> {
    const kept = join(dirname(this.path), basename(this.path).replace(/(\.json)?$/, ".v1.json"));
    try {
      await copyFile(this.path, kept, constants.COPYFILE_EXCL);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") {
        throw cause;
      }
    }
    if (isPrivate) {
      await chmod(kept, 0o600);
    }
  }

  async #readOnce(isLast: boolean): Promise<PairContent | undefined> {
    const found = await readJson(this.path, "configuration file", "config_unreadable");
    const generation = generationOf(found);
    const onDisk = await readSecrets(this.secretsPath, this.#key);
    const saved = await onDisk?.open(generation);
    if (saved === undefined && (onDisk !== undefined || generation !== undefined)) {
      if (isLast) {
        throw this.#mismatch(generation, onDisk?.latest);
      }
      return undefined;
    }
    const secrets = saved?.secrets ?? {};
    const isSealed = onDisk?.isSealed === true;
    const latest = Math.max(generation ?? 0, onDisk?.latest ?? 0);
    if (found !== undefined && !isObject(found)) {
      return { document: found, rest: secrets, generation, latest, isUnsplit: false, isSealed };
    }
    const { generation: _, ...written } = found ?? defaultDocument();
    const isUnsplit = Object.keys(splitSecrets(written).secrets).length > 0;
    return { ...mergeSecrets(written, secrets, { nullSays: false }), generation, latest, isUnsplit, isSealed };
  }

  #mismatch(generation: number | undefined, latest: number | undefined): Fault {
    const files = { path: this.path, secrets_path: this.secretsPath };
    const how = 'restore both files from one backup, or remove "generation" from the configuration';
    const message =
      latest === undefined
        ? `The configuration ${this.path} was saved together with ${this.secretsPath}, which is missing; ${how} to go on without secrets`
        : `The configuration ${this.path} (generation ${generation}) and ${this.secretsPath} (generation ${latest}) were not saved together; ${how} to go on with the secrets as they are`;
    return new Fault("secrets_mismatch", message, { details: files });
  }

  async #put(next: { document: ConfigDocument; rest: Secrets }, generation: number, former: PairContent | undefined): Promise<PairContent> {
    const { config, secrets } = splitSecrets(next.document);
    const all = joinSecrets(next.rest, secrets);
    const saved = savedOf(former);
    if (former !== undefined && saved?.generation !== undefined && (await this.#hasKept(former, saved, all))) {
      const file = await this.#staged(config, saved.generation);
      await file.publish().catch(async (cause: unknown) => {
        await file.discard();
        throw cause;
      });
      return { ...next, generation: saved.generation, latest: former.latest, isUnsplit: false, isSealed: true };
    }
    const key = await this.#key.findOrMake();
    const latest: SavedSecrets = { generation, secrets: all };
    const configFile = await this.#staged(config, generation);
    let secretsFile: StagedFile | undefined;
    try {
      secretsFile = await StagedFile.write(this.secretsPath, secretsText(latest, saved, key), 0o600);
      await secretsFile.publish();
      await configFile.publish();
    } catch (cause) {
      await Promise.all([configFile.discard(), secretsFile?.discard()]);
      throw cause;
    }
    return { ...next, generation, latest: generation, isUnsplit: false, isSealed: true };
  }

  #staged({ version, ...others }: ConfigDocument, generation: number): Promise<StagedFile> {
    return StagedFile.write(this.path, `${JSON.stringify({ version, generation, ...others }, null, 2)}\n`);
  }

  /** Secrets that are as they were stay as they are: half of a save, and most of the time until a switch is acknowledged. */
  async #hasKept({ isSealed, isUnsplit }: PairContent, saved: SavedSecrets, secrets: Secrets): Promise<boolean> {
    const isThere = (): Promise<boolean> =>
      access(this.secretsPath).then(
        () => true,
        () => false,
      );
    return isSealed && !isUnsplit && isDeepStrictEqual(saved.secrets, secrets) && (await isThere());
  }
}

const savedOf = (former: PairContent | undefined): SavedSecrets | undefined => {
  if (former?.generation === undefined || !isObject(former.document)) {
    return undefined;
  }
  return { generation: former.generation, secrets: joinSecrets(former.rest, splitSecrets(former.document).secrets) };
};

const generationOf = (found: unknown): number | undefined => {
  const generation = isObject(found) ? (found["generation"] ?? undefined) : undefined;
  if (generation === undefined) {
    return undefined;
  }
  if (typeof generation !== "number" || !Number.isSafeInteger(generation) || generation < 1) {
    const message = "must be a whole number of at least 1, as the edge writes it, or absent";
    const problems = [{ path: "generation", code: "field_value", message }];
    throw new Fault("config_invalid", `generation ${message}`, { details: { field: "generation", problems } });
  }
  return generation;
};
