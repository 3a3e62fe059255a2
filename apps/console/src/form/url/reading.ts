import type { Json } from "../../live/merge-patch.ts";

export type Side = "input" | "output";

/** What an address says, in the words of the configuration. */
export type Reading = {
  /** The `type` of the part. */
  kind: string;
  fields: Record<string, Json>;
  /** What was understood, as a sentence would list it: SRT caller, latency 240 ms. */
  said: string[];
  /** Options that have no place here, as they were written. */
  unused: string[];
  /** What a person should know: read as something that it may not have meant. */
  notes: string[];
};

/** The parts of `scheme://user@host:port/path?options`. Media programs write addresses that `URL` would not take, with stream IDs that begin with #. */
export type Address = {
  scheme: string;
  /** Before the `@`; `""` when there is an `@` with nothing before it. */
  user: string | undefined;
  /** Without brackets; empty when there is none. */
  host: string;
  port: number | undefined;
  /** With its slash, without the options. */
  path: string;
  query: string;
  options: readonly (readonly [name: string, value: string])[];
};

export const readAddress = (text: string): Address | undefined => {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(?:([^@/?#]*)@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d{1,5}))?(\/[^?]*)?(?:\?(.*))?$/i.exec(text.trim());
  if (match === null) {
    return undefined;
  }
  const [, scheme = "", user, host = "", port, path = "", query = ""] = match;
  return Number(port ?? 0) > 65_535
    ? undefined
    : {
        scheme: scheme.toLowerCase(),
        user,
        host: host.replaceAll(/[[\]]/g, ""),
        port: port === undefined ? undefined : Number(port),
        path,
        query,
        options: optionsOf(query),
      };
};

const optionsOf = (query: string): [string, string][] =>
  query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const cut = pair.indexOf("=");
      return cut < 0 ? [plain(pair).toLowerCase(), ""] : [plain(pair.slice(0, cut)).toLowerCase(), plain(pair.slice(cut + 1))];
    });

/** A `+` stays one: passphrases and stream names have them, and no program of these writes spaces so. */
const plain = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** `host:port`, IPv6 in brackets, every address where there is no host. */
export const socketOf = (host: string, port: number | undefined, any = "0.0.0.0"): string =>
  `${host === "" || host === "*" ? any : host.includes(":") ? `[${host}]` : host}:${port ?? 0}`;

/** 224.0.0.0/4 and ff00::/8. */
export const isGroup = (host: string): boolean => /^(22[4-9]|23\d)\.\d+\.\d+\.\d+$/.test(host) || /^ff[0-9a-f]{2}:/i.test(host);
