import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Identity } from "@bilbycast/service/tls";
import { generate } from "selfsigned";

/** Days for which it holds. Browsers take no longer ones, and nodes pin it. */
const DAYS = 825;
/** Days before its end at which a new one is made. */
const RENEW_DAYS = 30;
const DAY = 86_400_000;

/** The certificate of a manager that was given none: made at the first start, signed by itself, kept beside the database. */
export const ownCertificate = async (dataDir: string): Promise<Identity> => {
  const folder = join(dataDir, "tls");
  const [certPath, keyPath] = [join(folder, "self-signed.pem"), join(folder, "self-signed.key")];
  const [cert, key] = await Promise.all([certPath, keyPath].map((path) => readFile(path, "utf8").catch(() => undefined)));
  if (cert !== undefined && key !== undefined && holdsLong(cert)) {
    return { cert, key };
  }
  const made = await make();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The key first: a certificate without one would be taken for whole.
  await replace(keyPath, made.key, 0o600);
  await replace(certPath, made.cert, 0o644);
  return made;
};

/** SHA-256 of the certificate, as nodes pin it: lower case pairs of hex digits with colons. */
export const fingerprintOf = (cert: string): string => new X509Certificate(cert).fingerprint256.toLowerCase();

export const isSelfSigned = (cert: string): boolean => {
  const certificate = new X509Certificate(cert);
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
};

const holdsLong = (cert: string): boolean => {
  try {
    return new X509Certificate(cert).validToDate.getTime() - Date.now() > RENEW_DAYS * DAY;
  } catch {
    return false;
  }
};

const make = async (): Promise<Identity> => {
  const names = [...new Set(["localhost", hostname()])];
  const addresses = [...new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)))].filter(
    (address) => !address.includes("%"),
  );
  const altNames = [...names.map((value) => ({ type: 2 as const, value })), ...addresses.map((ip) => ({ type: 7 as const, ip }))];
  const { cert, private: key } = await generate([{ name: "commonName", value: "bilbycast-manager" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - DAY),
    notAfterDate: new Date(Date.now() + DAYS * DAY),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames },
    ],
  });
  return { cert, key };
};

const replace = async (path: string, text: string, mode: number): Promise<void> => {
  await writeFile(`${path}.new`, text, { mode });
  await rename(`${path}.new`, path);
};
