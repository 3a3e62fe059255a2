/** AES in counter mode, which hides, or Galois/counter mode, which hides and proves. NIST SP 800-38A, 800-38D. */
export type CipherMode = "ctr" | "gcm";

/**
 * One key, used for packet after packet in the memory that its maker was given. Places are offsets in that memory; nothing is allocated.
 * `iv`: 16 bytes with CTR, the first counter block; 12 bytes with GCM.
 */
export type PacketCipher = {
  /** Encrypts in place. GCM: `aad` are `aadLength` bytes that are proved too, and the tag of 16 bytes is written behind the text. */
  encrypt(iv: number, text: number, length: number, aad: number, aadLength: number): void;
  /** Decrypts in place; false where the tag behind the text does not fit: then the text is worth nothing. CTR never tells. */
  decrypt(iv: number, text: number, length: number, aad: number, aadLength: number): boolean;
  /** Forgets the key. */
  close(): void;
};

/** What protocols need of cryptography; the system has it. All but the ciphers is for the control rate. */
export type Crypto = {
  /** Fills the bytes with what nobody can guess. */
  random(target: Uint8Array): Uint8Array;
  /** PBKDF2 with HMAC-SHA-1 (RFC 8018 §5.2). */
  deriveKey(secret: Uint8Array, salt: Uint8Array, iterations: number, length: number): Uint8Array;
  /** AES key wrap (RFC 3394); the result is 8 bytes longer. */
  wrapKey(kek: Uint8Array, key: Uint8Array): Uint8Array;
  /** `undefined` when the wrapped key is not whole, or was wrapped by another. */
  unwrapKey(kek: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined;
  /** HMAC-SHA-256: 32 bytes. */
  authenticate(key: Uint8Array, message: Uint8Array): Uint8Array;
  openCipher(mode: CipherMode, key: Uint8Array): PacketCipher;
};
