import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  pbkdf2Sync,
  randomFillSync,
  type CipherGCMTypes,
  type KeyObject,
} from "node:crypto";
import type { CipherMode, Crypto, PacketCipher } from "@bilbycast/foundation/crypto";
import type { Memory } from "@bilbycast/foundation/packets";

/** Cryptography of the runtime. Its ciphers work on any system; each packet costs a context and some garbage. */
export const nodeCrypto = (memory: Memory): Crypto => ({
  random: (target) => randomFillSync(target),
  deriveKey: (secret, salt, iterations, length) => plain(pbkdf2Sync(secret, salt, iterations, length, "sha1")),
  wrapKey: (kek, key) => {
    const cipher = createCipheriv(wrapOf(kek), kek, WRAP_IV);
    return plain(cipher.update(key), cipher.final());
  },
  unwrapKey: (kek, wrapped) => {
    try {
      const decipher = createDecipheriv(wrapOf(kek), kek, WRAP_IV);
      const key = plain(decipher.update(wrapped), decipher.final());
      return key.length > 0 ? key : undefined;
    } catch {
      return undefined;
    }
  },
  authenticate: (key, message) => createHmac("sha256", key).update(message).digest(),
  openCipher: (mode, key) => (mode === "gcm" ? new NodeGcm(memory, key) : new NodeCtr(memory, key)),
});

/** Bytes of their own: a slice of a Buffer is no copy, and whoever wipes one wipes the other. */
const plain = (...parts: Buffer[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const WRAP_IV = Buffer.alloc(8, 0xa6);
const wrapOf = (kek: Uint8Array): string => `id-aes${kek.length * 8}-wrap`;

/** Name of the cipher in the words of OpenSSL. */
const cipherName = (mode: CipherMode, key: Uint8Array): string => `aes-${key.length * 8}-${mode}`;

const CTR_IV_SIZE = 16;
const GCM_IV_SIZE = 12;
const TAG_SIZE = 16;

class NodeCtr implements PacketCipher {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  readonly #key: KeyObject;

  constructor(memory: Memory, key: Uint8Array) {
    this.#bytes = memory.bytes;
    this.#name = cipherName("ctr", key);
    this.#key = createSecretKey(key);
  }

  encrypt(iv: number, text: number, length: number): void {
    const cipher = createCipheriv(this.#name, this.#key, this.#bytes.slice(iv, iv + CTR_IV_SIZE));
    this.#bytes.set(cipher.update(this.#bytes.slice(text, text + length)), text);
  }

  /** The same as encrypting. */
  decrypt(iv: number, text: number, length: number): boolean {
    this.encrypt(iv, text, length);
    return true;
  }

  close(): void {}
}

class NodeGcm implements PacketCipher {
  readonly #bytes: Uint8Array;
  readonly #name: CipherGCMTypes;
  readonly #key: KeyObject;

  constructor(memory: Memory, key: Uint8Array) {
    this.#bytes = memory.bytes;
    this.#name = cipherName("gcm", key) as CipherGCMTypes;
    this.#key = createSecretKey(key);
  }

  encrypt(iv: number, text: number, length: number, aad: number, aadLength: number): void {
    const bytes = this.#bytes;
    const cipher = createCipheriv(this.#name, this.#key, bytes.slice(iv, iv + GCM_IV_SIZE));
    cipher.setAAD(bytes.slice(aad, aad + aadLength));
    const secret = cipher.update(bytes.slice(text, text + length));
    cipher.final();
    bytes.set(secret, text);
    bytes.set(cipher.getAuthTag(), text + length);
  }

  decrypt(iv: number, text: number, length: number, aad: number, aadLength: number): boolean {
    const bytes = this.#bytes;
    const decipher = createDecipheriv(this.#name, this.#key, bytes.slice(iv, iv + GCM_IV_SIZE), { authTagLength: TAG_SIZE });
    decipher.setAAD(bytes.slice(aad, aad + aadLength));
    decipher.setAuthTag(bytes.slice(text + length, text + length + TAG_SIZE));
    const plain = decipher.update(bytes.slice(text, text + length));
    try {
      decipher.final();
    } catch {
      return false;
    }
    bytes.set(plain, text);
    return true;
  }

  close(): void {}
}
