/** Where a server is, out of a URL. */
export type ServerUrl = {
  /** Lower case. */
  scheme: string;
  /** Name or address, IPv6 without brackets. */
  host: string;
  port: number;
  /** Behind the host, with its first slash and its query; "" where there is none. */
  path: string;
  /** Scheme, host, and the port where it was written. */
  origin: string;
  /** A user or password stands in it. */
  hasUser: boolean;
};

const FORM = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#@]*)@)?(\[[0-9a-f:.]+\]|[^/?#@:[\]]+)(?::(\d{1,5}))?(\/[^#]*)?$/i;

/** `scheme://host[:port][/path]` with one of the schemes of `ports`, which are those taken where none is written; `undefined` for all else. */
export const readServerUrl = (text: string, ports: Readonly<Record<string, number>>): ServerUrl | undefined => {
  const [, word = "", user, host = "", digits, path = ""] = FORM.exec(text) ?? [];
  const scheme = word.toLowerCase();
  const usual = Object.hasOwn(ports, scheme) ? ports[scheme] : undefined;
  const port = digits === undefined ? (usual ?? 0) : Number(digits);
  if (usual === undefined || port < 1 || port > 65_535 || !/^[\u0021-\u007e\u00a1-\uffff]+$/.test(text)) {
    return undefined;
  }
  return {
    scheme,
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port,
    path,
    origin: `${scheme}://${host}${digits === undefined ? "" : `:${port}`}`,
    hasUser: user !== undefined,
  };
};
