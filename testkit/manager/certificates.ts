import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * signed: for `localhost`, of an authority that tests alone know. other-name: of the same, for another name.
 * self-signed: of nobody. expired: self-signed, and ended.
 */
export type CertificateKind = "signed" | "other-name" | "self-signed" | "expired";

export type Certificate = {
  key: string;
  cert: string;
  /** SHA-256, lower case, with colons. */
  fingerprint: string;
};

const read = (name: string): string => readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), "utf8");

export const certificate = (kind: CertificateKind): Certificate => {
  const cert = read(`${kind}-cert`);
  return { key: read(`${kind}-key`), cert, fingerprint: new X509Certificate(cert).fingerprint256.toLowerCase() };
};

/** The certificate of the authority, for those who are to trust it. */
export const authority = (): string => read("authority-cert");
