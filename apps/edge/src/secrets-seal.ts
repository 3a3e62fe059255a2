import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { isObject, type Secrets } from "@bilbycast/contracts/config";

/** The version of the file of secrets. */
export const SECRETS_VERSION = 1;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

/** Secrets at rest: AES-256-GCM. The version and generation are authenticated with it, so that nobody passes an old one off as new. */
export const sealSchema = z.looseObject({
  /** Tells keys apart, and says nothing about them. */
  key_id: z.string().max(64),
  nonce: base64,
  tag: base64,
  text: base64,
});

export type Seal = z.output<typeof sealSchema>;

export const sealSecrets = (secrets: Secrets, generation: number, key: Uint8Array): Seal => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(boundTo(generation));
  const text = Buffer.concat([cipher.update(JSON.stringify(secrets), "utf8"), cipher.final()]);
  return {
    key_id: keyId(key),
    nonce: nonce.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
    text: text.toString("base64"),
  };
};

/** Why a seal does not open. */
export type SealTrouble = "other key" | "damaged";

export const openSeal = (seal: Seal, generation: number, key: Uint8Array): Secrets | SealTrouble => {
  const tag = Buffer.from(seal.tag, "base64");
  const nonce = Buffer.from(seal.nonce, "base64");
  if (seal.key_id !== keyId(key)) {
    return "other key";
  }
  if (tag.length !== 16 || nonce.length !== 12) {
    return "damaged";
  }
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 }).setAAD(boundTo(generation)).setAuthTag(tag);
    const text = Buffer.concat([decipher.update(Buffer.from(seal.text, "base64")), decipher.final()]).toString("utf8");
    const secrets = JSON.parse(text) as unknown;
    return isObject(secrets) ? secrets : "damaged";
  } catch {
    return "damaged";
  }
};

const boundTo = (generation: number): Uint8Array => Buffer.from(`bilbycast secrets ${SECRETS_VERSION} ${generation}`);

const keyId = (key: Uint8Array): string => createHash("sha256").update("bilbycast key id").update(key).digest("hex").slice(0, 16);
