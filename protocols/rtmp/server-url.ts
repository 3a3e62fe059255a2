/** Where a stream is published, out of a URL. */
export type ServerUrl = {
  tls: boolean;
  /** Name or address, IPv6 without brackets. */
  host: string;
  port: number;
  /** The path without its first slash, with its query: servers take what stands there for the name of an application. */
  app: string;
  /** What `connect` names: the URL as it was, without a user. */
  tcUrl: string;
  /** The same without the query: what may be shown. */
  shown: string;
  /** There is a user or password in it. */
  hasUser: boolean;
};

const PORTS = { rtmp: 1_935, rtmps: 443 } as const;

const URL_FORM = /^(rtmps?):\/\/(?:([^/?#@]*)@)?(\[[0-9a-f:.]+\]|[^/?#@:[\]]+)(?::(\d{1,5}))?\/([^#]+)$/i;

/** `undefined` for what is no URL `rtmp://host[:port]/app` or `rtmps://host[:port]/app`. */
export const readServerUrl = (text: string): ServerUrl | undefined => {
  const [, scheme, user, host, digits, path] = URL_FORM.exec(text) ?? [];
  // eslint-disable-next-line no-control-regex
  if (scheme === undefined || host === undefined || path === undefined || /[\s\u0000-\u001f]/.test(text)) {
    return undefined;
  }
  const tls = scheme.toLowerCase() === "rtmps";
  const port = digits === undefined ? PORTS[tls ? "rtmps" : "rtmp"] : Number(digits);
  const app = path.replace(/\/+$/, "");
  if (port < 1 || port > 65_535 || app === "" || app.startsWith("?")) {
    return undefined;
  }
  const place = `${scheme.toLowerCase()}://${host}${digits === undefined ? "" : `:${port}`}`;
  return {
    tls,
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port,
    app,
    tcUrl: `${place}/${app}`,
    shown: `${place}/${app.split("?")[0] ?? ""}`,
    hasUser: user !== undefined,
  };
};
