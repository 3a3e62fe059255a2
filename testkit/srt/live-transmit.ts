import { peer, type Peer } from "@bilbycast/testkit/peers";

/** How libsrt's own tool is to behave; `port`: to call or to listen on, at 127.0.0.1. */
export type LiveTransmitOptions = {
  port: number;
  mode: "caller" | "listener" | "rendezvous";
  latencyMs: number;
  /** Another build of the tool than the distribution's: its whole path. */
  program?: string;
  /** Further options as libsrt names them; it takes every character as it stands. */
  more?: Readonly<Record<string, string | number>>;
  secret?: { passphrase: string; keyLength: number };
};

const TOOL = "srt-live-transmit";

const urlOf = ({ port, mode, latencyMs, more = {}, secret }: LiveTransmitOptions): string => {
  const security = secret === undefined ? {} : { passphrase: secret.passphrase, pbkeylen: secret.keyLength };
  const options = { mode, latency: latencyMs, transtype: "live", ...security, ...more };
  const query = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return `srt://127.0.0.1:${port}?${query.join("&")}`;
};

/** srt-live-transmit that sends what comes to a UDP port of 127.0.0.1. */
export const liveTransmitSender = (udp: number, options: LiveTransmitOptions): Peer =>
  peer(options.program ?? TOOL, ["-loglevel:note", `udp://127.0.0.1:${udp}`, urlOf(options)]);

/** srt-live-transmit that gives what it receives to a UDP port of 127.0.0.1. */
export const liveTransmitReceiver = (udp: number, options: LiveTransmitOptions): Peer =>
  peer(options.program ?? TOOL, ["-loglevel:note", urlOf(options), `udp://127.0.0.1:${udp}`]);
