import { z } from "zod";
import { Fault } from "@bilbycast/foundation/fault";
import { isObject, type Secrets } from "@bilbycast/contracts/config";
import { readJson } from "./config-disk.ts";
import type { SecretsKey } from "./secrets-key.ts";
import { SECRETS_VERSION, openSeal, sealSchema, sealSecrets, type Seal } from "./secrets-seal.ts";

/** Secrets as one save wrote them. `generation` undefined: written by a person, good for any configuration. */
export type SavedSecrets = { generation: number | undefined; secrets: Secrets };

/** What is in the file, not opened yet: the last save, and the one before it, which holds until its configuration is replaced. */
export type SecretsOnDisk = {
  isSealed: boolean;
  latest: number | undefined;
  open(generation: number | undefined): Promise<SavedSecrets | undefined>;
};

const generationSchema = z.int().min(0);
const entrySchema = z.looseObject({ generation: generationSchema, sealed: sealSchema });
const fileSchema = entrySchema.extend({ previous: entrySchema.optional() });

/** Reads the file, sealed or plain; `undefined` when there is none. Throws the Fault `secrets_unreadable`; the file is not touched. */
export const readSecrets = async (path: string, key: SecretsKey): Promise<SecretsOnDisk | undefined> => {
  const found = await readJson(path, "file of secrets", "secrets_unreadable");
  if (found === undefined) {
    return undefined;
  }
  const version = isObject(found) ? (found["version"] ?? SECRETS_VERSION) : undefined;
  if (!isObject(found) || typeof version !== "number") {
    throw unreadable(path, "must be an object with a version");
  }
  if (version > SECRETS_VERSION) {
    throw unreadable(path, `has version ${version}, which is newer than this program, which reads ${SECRETS_VERSION}`);
  }
  return "sealed" in found ? sealedFile(path, found, key) : plainFile(path, found);
};

/** The text of the file: sealed, with the save before it as long as that is needed. */
export const secretsText = (latest: SavedSecrets, previous: SavedSecrets | undefined, key: Uint8Array): string => {
  const entry = ({ generation = 0, secrets }: SavedSecrets): { generation: number; sealed: Seal } => ({
    generation,
    sealed: sealSecrets(secrets, generation, key),
  });
  const file = { version: SECRETS_VERSION, ...entry(latest), ...(previous === undefined ? {} : { previous: entry(previous) }) };
  return `${JSON.stringify(file, null, 2)}\n`;
};

const plainFile = (path: string, found: Record<string, unknown>): SecretsOnDisk => {
  const { version: _, generation, ...secrets } = found;
  const parsed = generationSchema.optional().safeParse(generation ?? undefined);
  if (!parsed.success) {
    throw unreadable(path, "has a generation that is no whole number");
  }
  const latest = parsed.data;
  return {
    isSealed: false,
    latest,
    open: (wanted) =>
      Promise.resolve(latest === undefined || wanted === undefined || wanted === latest ? { generation: latest, secrets } : undefined),
  };
};

const sealedFile = (path: string, found: Record<string, unknown>, key: SecretsKey): SecretsOnDisk => {
  const parsed = fileSchema.safeParse(found);
  if (!parsed.success) {
    throw unreadable(path, "is damaged: it is neither a sealed nor a plain file of secrets");
  }
  const { previous, ...latest } = parsed.data;
  return {
    isSealed: true,
    latest: latest.generation,
    open: async (wanted) => {
      const entry = [latest, previous].find((candidate) => candidate?.generation === (wanted ?? latest.generation));
      if (entry === undefined) {
        return undefined;
      }
      const bytes = await key.find();
      if (bytes === undefined) {
        const message = `The file of secrets ${path} is sealed and its key is missing: put ${key.path} back, or set BILBYCAST_SECRETS_KEY`;
        throw new Fault("secrets_key_unusable", message, { details: { path: key.path } });
      }
      const secrets = openSeal(entry.sealed, entry.generation, bytes);
      if (typeof secrets === "string") {
        throw unreadable(
          path,
          secrets === "damaged" ? "is damaged and does not open" : "is sealed with another key than the one that is set",
        );
      }
      return { generation: entry.generation, secrets };
    },
  };
};

const unreadable = (path: string, what: string): Fault =>
  new Fault("secrets_unreadable", `The file of secrets ${path} ${what}; nothing was changed`, { details: { path } });
