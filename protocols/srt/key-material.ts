import { setU16, u16, u32 } from "@bilbycast/foundation/bytes";
import type { CipherMode } from "@bilbycast/foundation/crypto";

/** Bytes before the wrapped keys. */
const FIXED_SIZE = 32;
export const SALT_SIZE = 16;
/** The integrity value that a key wrap adds. RFC 3394. */
const WRAP_SIZE = 8;

/** Version 1, packet type 2. */
const VERSION_AND_TYPE = 0x12;
const SIGNATURE = 0x2029;
/** Stream encapsulation: SRT. */
const ENCAPSULATION = 2;
const CIPHER_CTR = 2;
const CIPHER_GCM = 4;

/** Which keys a message carries: 1 even, 2 odd, 3 both, the even one first. */
export type KeyMaterial = { keys: number; mode: CipherMode; salt: Uint8Array; keyLength: number; wrapped: Uint8Array };

/** Why a key request was not taken: the one word of a key response. */
export const KM_UNSECURED = 0;
export const KM_NO_SECRET = 3;
export const KM_BAD_SECRET = 4;
export const KM_BAD_CRYPTO_MODE = 5;

/** Reads a key material message; `undefined` unless every field and the length are right. All is checked before a byte is copied. */
export const readKeyMaterial = (message: Uint8Array): KeyMaterial | undefined => {
  const keys = (message[3] ?? 0) & 3;
  const keyLength = 4 * (message[15] ?? 0);
  const count = keys === 3 ? 2 : 1;
  const isRight =
    message[0] === VERSION_AND_TYPE &&
    u16(message, 1) === SIGNATURE &&
    (message[3] ?? 0) >> 2 === 0 &&
    keys !== 0 &&
    u32(message, 4) === 0 &&
    message[10] === ENCAPSULATION &&
    message[14] === SALT_SIZE / 4 &&
    (keyLength === 16 || keyLength === 24 || keyLength === 32) &&
    message.length === FIXED_SIZE + count * keyLength + WRAP_SIZE;
  const mode = modeOf(message[8] ?? 0, message[9] ?? 0);
  return isRight && mode !== undefined
    ? { keys, mode, salt: message.slice(16, FIXED_SIZE), keyLength, wrapped: message.slice(FIXED_SIZE) }
    : undefined;
};

export const writeKeyMaterial = ({ keys, mode, salt, keyLength, wrapped }: KeyMaterial): Uint8Array => {
  const message = new Uint8Array(FIXED_SIZE + wrapped.length);
  message[0] = VERSION_AND_TYPE;
  setU16(message, 1, SIGNATURE);
  message[3] = keys;
  message[8] = mode === "gcm" ? CIPHER_GCM : CIPHER_CTR;
  message[9] = mode === "gcm" ? 1 : 0;
  message[10] = ENCAPSULATION;
  message[14] = SALT_SIZE / 4;
  message[15] = keyLength / 4;
  message.set(salt, 16);
  message.set(wrapped, FIXED_SIZE);
  return message;
};

/** A key response that tells of a failure. libsrt writes it in the order of its machine, so the lowest byte comes first. */
export const writeKeyFailure = (state: number): Uint8Array => Uint8Array.of(state, 0, 0, 0);

/** The state of a one-word key response in either byte order; `undefined` when it is longer, or no state. */
export const readKeyFailure = (message: Uint8Array): number | undefined => {
  if (message.length !== 4) {
    return undefined;
  }
  const state = u32(message, 0);
  const little = (message[0] ?? 0) + u32(Uint8Array.of(0, message[3] ?? 0, message[2] ?? 0, message[1] ?? 0), 0) * 2 ** 8;
  return little <= KM_BAD_CRYPTO_MODE ? little : state <= KM_BAD_CRYPTO_MODE ? state : undefined;
};

const modeOf = (cipher: number, auth: number): CipherMode | undefined =>
  cipher === CIPHER_CTR && auth === 0 ? "ctr" : cipher === CIPHER_GCM && auth === 1 ? "gcm" : undefined;
