import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { Fault } from "@bilbycast/foundation/fault";

/** How the manager proves who it is. */
export type Trust = {
  /** SHA-256 of the only certificate that is taken, in lower case with colons. */
  fingerprint: string | undefined;
  /** Takes any certificate; allowed by the environment as well. */
  acceptsAny: boolean;
};

/** What a TLS connection showed: its verdict by the authorities of this machine, and the certificate. */
export type Shown = Pick<TLSSocket, "authorized" | "authorizationError"> & { certificate: X509Certificate | undefined };

/**
 * Why a manager is not trusted, before anything is said to it. A pin is asked first and is enough: it names the very certificate, where
 * the authorities vouch for any that they gave to the name. Nobody can be told apart by a certificate that has ended, so its dates
 * count with a pin too.
 */
export const distrust = ({ authorized, authorizationError, certificate }: Shown, trust: Trust, now: Date): Fault | undefined => {
  const shown = certificate?.fingerprint256.toLowerCase() ?? "none";
  const details = { fingerprint: shown };
  if (trust.fingerprint !== undefined && trust.fingerprint.toLowerCase() !== shown) {
    const message = `The manager shows another certificate than the one that cert_fingerprint names; its fingerprint is ${shown}`;
    return new Fault("manager_pin_mismatch", message, { details });
  }
  if (trust.acceptsAny) {
    return undefined;
  }
  const isOver = certificate !== undefined && !(new Date(certificate.validFrom) <= now && now <= new Date(certificate.validTo));
  if (isOver) {
    const message = `The manager's certificate is good from ${certificate.validFrom} to ${certificate.validTo} only`;
    return new Fault("manager_certificate_expired", message, { details });
  }
  if (trust.fingerprint !== undefined || authorized) {
    return undefined;
  }
  const reason = codeOf(authorizationError);
  const message = `The manager's certificate is not one that this machine trusts (${reason}); to pin it, set cert_fingerprint to ${shown}`;
  return new Fault("manager_certificate_untrusted", message, { details: { ...details, verify_error: reason } });
};

const codeOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : typeof error === "string" ? error : "unknown";
