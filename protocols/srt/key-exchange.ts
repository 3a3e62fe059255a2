import type { CipherMode, Crypto } from "@bilbycast/foundation/crypto";
import { KM_BAD_CRYPTO_MODE, KM_BAD_SECRET, readKeyMaterial, SALT_SIZE, writeKeyMaterial } from "./key-material.ts";
import { EVEN, ODD } from "./packet.ts";

/** What both sides know once key material has been exchanged. `keys`: by parity, EVEN or ODD. */
export type KeySet = { mode: CipherMode; salt: Uint8Array; kek: Uint8Array; keyLength: number; keys: ReadonlyMap<number, Uint8Array> };

/** Of the salt only the end goes into the key encrypting key. */
const PBKDF2_SALT_SIZE = 8;
const ITERATIONS = 2_048;

/** A new salt and a new even key: what an initiator begins with. */
export const createKeys = (crypto: Crypto, passphrase: Uint8Array, keyLength: number, mode: CipherMode): KeySet => {
  const salt = crypto.random(new Uint8Array(SALT_SIZE));
  const keys = new Map([[EVEN, crypto.random(new Uint8Array(keyLength))]]);
  return { mode, salt, kek: deriveKek(crypto, passphrase, salt, keyLength), keyLength, keys };
};

/** The same salt and key encrypting key, and a new key of the parity. */
export const withNewKey = (crypto: Crypto, set: KeySet, parity: number): KeySet => ({
  ...set,
  keys: new Map([...set.keys, [parity, crypto.random(new Uint8Array(set.keyLength))]]),
});

/** The message that gives all keys of the set to the peer. */
export const keyRequest = (crypto: Crypto, set: KeySet): Uint8Array => {
  const even = set.keys.get(EVEN);
  const odd = set.keys.get(ODD);
  const keys = Uint8Array.from([...(even ?? []), ...(odd ?? [])]);
  const wrapped = crypto.wrapKey(set.kek, keys);
  const flags = (even === undefined ? 0 : EVEN) | (odd === undefined ? 0 : ODD);
  return writeKeyMaterial({ keys: flags, mode: set.mode, salt: set.salt, keyLength: set.keyLength, wrapped });
};

/**
 * Takes the keys out of a peer's message; the state of a failure when the passphrase or the cipher is another, `undefined` when it is no
 * key material. `known`: a set whose salt is probably the same, which saves the derivation: that is what costs time.
 */
export const openKeyRequest = (
  crypto: Crypto,
  passphrase: Uint8Array,
  message: Uint8Array,
  mode: "auto" | CipherMode,
  known?: KeySet,
): KeySet | number | undefined => {
  const material = readKeyMaterial(message);
  if (material === undefined) {
    return undefined;
  }
  if (mode !== "auto" && mode !== material.mode) {
    return KM_BAD_CRYPTO_MODE;
  }
  const { salt, keyLength } = material;
  const kek = known !== undefined && isSame(known, salt, keyLength) ? known.kek : deriveKek(crypto, passphrase, salt, keyLength);
  const unwrapped = crypto.unwrapKey(kek, material.wrapped);
  const count = material.keys === (EVEN | ODD) ? 2 : 1;
  if (unwrapped === undefined || unwrapped.length !== count * keyLength) {
    return KM_BAD_SECRET;
  }
  const keys = new Map([[material.keys & EVEN ? EVEN : ODD, unwrapped.slice(0, keyLength)]]);
  if (count === 2) {
    keys.set(ODD, unwrapped.slice(keyLength));
  }
  unwrapped.fill(0);
  return { mode: material.mode, salt, kek, keyLength, keys };
};

/** Wipes what nobody may find afterwards. */
export const forgetKeys = (set: KeySet): void => {
  set.kek.fill(0);
  for (const key of set.keys.values()) {
    key.fill(0);
  }
};

const deriveKek = (crypto: Crypto, passphrase: Uint8Array, salt: Uint8Array, length: number): Uint8Array =>
  crypto.deriveKey(passphrase, salt.subarray(SALT_SIZE - PBKDF2_SALT_SIZE), ITERATIONS, length);

const isSame = (known: KeySet, salt: Uint8Array, keyLength: number): boolean =>
  known.keyLength === keyLength && known.salt.every((byte, i) => byte === salt[i]);
