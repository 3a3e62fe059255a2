import type { CipherMode } from "@bilbycast/foundation/crypto";

/** Bytes of the longer form, the counter block of CTR. */
export const NONCE_SIZE = 16;

/** Where the packet's sequence number is mixed in. */
const CTR_AT = 10;
const GCM_AT = 8;
const GCM_SIZE = 12;

/**
 * Writes what makes each packet's encryption its own: the salt, the sequence number mixed in. With CTR the last two bytes count blocks
 * from 0; GCM takes 12 bytes.
 */
export const writeNonce = (bytes: Uint8Array, at: number, mode: CipherMode, salt: Uint8Array, sequence: number): void => {
  const mixed = mode === "gcm" ? GCM_AT : CTR_AT;
  const end = mode === "gcm" ? GCM_SIZE : NONCE_SIZE - 2;
  for (let i = 0; i < end; i++) {
    bytes[at + i] = salt[i] ?? 0;
  }
  for (let i = 0; i < 4; i++) {
    bytes[at + mixed + i] = (bytes[at + mixed + i] ?? 0) ^ (sequence >>> (24 - 8 * i));
  }
  if (mode === "ctr") {
    bytes[at + NONCE_SIZE - 2] = 0;
    bytes[at + NONCE_SIZE - 1] = 0;
  }
};
