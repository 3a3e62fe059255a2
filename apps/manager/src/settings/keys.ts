import { Fault } from "@bilbycast/foundation/fault";

/** The two secrets that everything else hangs on, 32 bytes each. */
export type Keys = { jwtSecret: Uint8Array; masterKey: Uint8Array };

const FORM = /^[0-9a-fA-F]{64}$/;

/** Fewer different bytes than 32 random ones ever have. */
const LEAST_DISTINCT = 16;

/**
 * The keys of `BILBYCAST_JWT_SECRET` and `BILBYCAST_MASTER_KEY`. Throws the Fault `keys_unusable`, which names the variable and never the
 * value, when one is missing, malformed, or plainly not random.
 */
export const readKeys = (environment: Readonly<Record<string, string | undefined>>): Keys => {
  const keys = { jwtSecret: readKey("BILBYCAST_JWT_SECRET", environment), masterKey: readKey("BILBYCAST_MASTER_KEY", environment) };
  if (Buffer.from(keys.jwtSecret).equals(keys.masterKey)) {
    throw unusable("BILBYCAST_MASTER_KEY", "is the same as BILBYCAST_JWT_SECRET; each needs its own");
  }
  return keys;
};

const readKey = (name: string, environment: Readonly<Record<string, string | undefined>>): Uint8Array => {
  const text = environment[name]?.trim() ?? "";
  if (text === "") {
    throw unusable(name, "is not set");
  }
  if (!FORM.test(text)) {
    throw unusable(name, `must be 64 hex digits; "openssl rand -hex 32" makes one`);
  }
  const bytes = Buffer.from(text, "hex");
  if (isWeak(bytes)) {
    throw unusable(name, "is a pattern, not a random key");
  }
  return bytes;
};

/** Repetitions, sequences and keys that documents print. */
const isWeak = (bytes: Buffer): boolean => {
  if (new Set(bytes).size < LEAST_DISTINCT) {
    return true;
  }
  const steps = new Set(Array.from(bytes.subarray(1), (byte, i) => (byte - (bytes[i] ?? 0) + 256) % 256));
  return steps.size === 1;
};

const unusable = (name: string, what: string): Fault => new Fault("keys_unusable", `${name} ${what}`, { details: { field: name } });
