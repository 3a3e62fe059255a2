import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";

/** What a secret is for; each has a key of its own, so that one that leaks opens no other. */
export type Domain = "node-secret" | "node-config" | "tunnel" | "mfa" | "ai-key";

/** The place of a secret: it opens there and nowhere else, so a sealed text that somebody copies into another row is useless. */
export type Place = { table: string; column: string; row: string };

const SALT = "bilbycast-manager-master-key-v1";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAPPED_BYTES = KEY_BYTES + TAG_BYTES;
const ALGORITHM = "aes-256-gcm";

/**
 * Seals what must not be read out of the database. Envelope of AES-256-GCM (NIST SP 800-38D): a random key for each secret, wrapped by the
 * domain's key, which is derived from the master key (HKDF-SHA256, RFC 5869). Text form: `v2:<key id>:` and base64 of nonce of the key,
 * wrapped key, nonce of the data, data and tag.
 */
export class Vault {
  readonly #master: Uint8Array;
  /** Tells keys apart while one is exchanged for another; says nothing of them. 8 hex digits. */
  readonly keyId: string;
  /** Derived keys, by what they were derived for. */
  readonly #keys = new Map<string, Uint8Array>();

  /** `master`: 32 bytes. */
  constructor(master: Uint8Array) {
    check(master.length === KEY_BYTES, "a master key has 32 bytes");
    this.#master = master;
    this.keyId = Buffer.from(this.#derive("key-id", 4)).toString("hex");
  }

  seal(domain: Domain, place: Place, plain: string): string {
    const own = randomBytes(KEY_BYTES);
    const wrapped = encrypt(this.#keyOf(`kek:${domain}`), own, associatedData(domain, place, "key"));
    const data = encrypt(own, Buffer.from(plain, "utf8"), associatedData(domain, place, "data"));
    return `v2:${this.keyId}:${Buffer.concat([wrapped, data]).toString("base64")}`;
  }

  /** Throws the Fault `secret_unreadable` when it was sealed elsewhere, by another key, or is damaged. */
  open(domain: Domain, place: Place, sealed: string): string {
    const [form, id, body = ""] = sealed.split(":");
    if (form !== "v2" || id !== this.keyId) {
      throw unreadable(place, form === "v2" ? "it was sealed with another master key" : "its form is not known");
    }
    try {
      const bytes = Buffer.from(body, "base64");
      const head = NONCE_BYTES + WRAPPED_BYTES;
      const own = decrypt(this.#keyOf(`kek:${domain}`), bytes.subarray(0, head), associatedData(domain, place, "key"));
      return decrypt(own, bytes.subarray(head), associatedData(domain, place, "data")).toString("utf8");
    } catch {
      throw unreadable(place, "it is damaged, or stands where it was not sealed for");
    }
  }

  /** What is kept of a token that only has to be recognised. 64 hex digits. */
  fingerprint(purpose: "registration-token" | "node-secret" | "api-token" | "csrf", token: string): string {
    return createHmac("sha256", this.#keyOf(`hmac:${purpose}`))
      .update(token)
      .digest("hex");
  }

  #keyOf(use: string): Uint8Array {
    let key = this.#keys.get(use);
    if (key === undefined) {
      key = this.#derive(use, KEY_BYTES);
      this.#keys.set(use, key);
    }
    return key;
  }

  #derive(info: string, bytes: number): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#master, SALT, info, bytes));
  }
}

/** Lengths go before the names: no two places have the same text. */
const associatedData = (domain: Domain, { table, column, row }: Place, part: "key" | "data"): Buffer =>
  Buffer.from([domain, table, column, row, part].map((word) => `${Buffer.byteLength(word)}:${word}`).join(""));

const encrypt = (key: Uint8Array, plain: Uint8Array, aad: Uint8Array): Buffer => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

const decrypt = (key: Uint8Array, sealed: Buffer, aad: Uint8Array): Buffer => {
  check(sealed.length >= NONCE_BYTES + TAG_BYTES, "too short for what was sealed");
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES)).setAAD(aad).setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
};

const unreadable = ({ table, column }: Place, why: string): Fault =>
  new Fault("secret_unreadable", `A secret of ${table}.${column} cannot be opened: ${why}`, { details: { table, column } });
