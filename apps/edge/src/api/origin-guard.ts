import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { Fault } from "@bilbycast/foundation/fault";

/**
 * Keeps web pages of other sites out where no credential does: a browser tells the page's origin, and a name that an attacker
 * points at this machine shows in Host. Addresses, localhost, the machine's own name, there or in a private domain, and `allowedHosts` are let in.
 * Throws the Fault `origin_refused`.
 */
export const assertOrigin = (headers: IncomingHttpHeaders, allowedHosts: readonly string[]): void => {
  const host = headers.host ?? "";
  if (!isKnownHost(nameOf(host), allowedHosts)) {
    throw new Fault("origin_refused", "This edge does not know itself by the name in the Host header; add it to server.allowed_hosts", {
      details: { host },
    });
  }
  assertSameOrigin(headers);
};

/** Lets in what no page sent, and pages of the very address that they call. Throws the Fault `origin_refused`. */
export const assertSameOrigin = ({ host = "", origin }: IncomingHttpHeaders): void => {
  if (origin !== undefined && URL.parse(origin)?.host !== host.toLowerCase()) {
    throw new Fault("origin_refused", "A page of another site may not call this edge", { details: { origin } });
  }
};

/** Domains that nobody can register: in any other, whoever owns it may give a name like ours to this machine's address. */
const OWN_DOMAINS = ["", ".local", ".localdomain", ".lan", ".internal", ".home.arpa"];

/** The name or address of `name:port`, without brackets, in lower case. */
const nameOf = (host: string): string =>
  host
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();

const isKnownHost = (name: string, allowedHosts: readonly string[]): boolean => {
  const own = hostname().toLowerCase();
  return (
    isIP(name) !== 0 ||
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === own ||
    OWN_DOMAINS.some((domain) => name === `${own.split(".")[0]}${domain}`) ||
    allowedHosts.some((allowed) => allowed.toLowerCase() === name)
  );
};
