import { readIdentity, type Identity } from "@bilbycast/service/tls";
import type { ManagerSettings } from "../settings/settings.ts";
import { fingerprintOf, isSelfSigned, ownCertificate } from "./own-certificate.ts";

/** With what it serves: nothing behind a proxy, the given certificate, or its own. `fingerprint`: of a certificate that nodes have to pin. */
export const servingIdentity = async (
  settings: ManagerSettings,
): Promise<{ identity: Identity | undefined; fingerprint: string | undefined }> => {
  if (settings.tlsMode === "behind_proxy") {
    return { identity: undefined, fingerprint: undefined };
  }
  const identity = settings.tls === undefined ? await ownCertificate(settings.dataDir) : await readIdentity(settings.tls);
  return { identity, fingerprint: isSelfSigned(identity.cert) ? fingerprintOf(identity.cert) : undefined };
};
