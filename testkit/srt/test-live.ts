import { builtLibsrt } from "@bilbycast/testkit/libsrt";
import { peer, type Peer } from "@bilbycast/testkit/peers";
import type { GroupMode } from "@bilbycast/protocols/srt";

/** How libsrt's group is to behave; `call`: ports of 127.0.0.1, one for each link; `listen`: the port that takes links. */
export type TestLiveOptions = {
  latencyMs: number;
  secret?: { passphrase: string; keyLength: number };
} & ({ mode: GroupMode; call: readonly number[]; weights?: readonly number[] } | { listen: number });

/** A busy machine needs more than the default. */
const CONNECT_TIMEOUT_MS = 12_000;

const urlOf = (options: TestLiveOptions): string => {
  const { latencyMs, secret } = options;
  const security = secret === undefined ? {} : { passphrase: secret.passphrase, pbkeylen: secret.keyLength };
  const shared = { latency: latencyMs, conntimeo: CONNECT_TIMEOUT_MS, ...security };
  if ("listen" in options) {
    return `srt://127.0.0.1:${options.listen}?${queryOf({ mode: "listener", groupconnect: 1, ...shared })}`;
  }
  const { mode, call, weights } = options;
  const nodes = call.map((port, i) => `127.0.0.1:${port}${weights === undefined ? "" : `?weight=${weights[i] ?? 0}`}`);
  return `srt:////group?${queryOf({ type: mode, nodes: nodes.join(","), ...shared })}`;
};

const queryOf = (fields: Readonly<Record<string, string | number>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

const testLive = (from: string, to: string): Peer => peer(builtLibsrt().program("srt-test-live"), ["-ll", "note", "-sf", from, to]);

/** libsrt's test program, sending what comes to a UDP port of 127.0.0.1 to a group. */
export const testLiveSender = (udp: number, options: TestLiveOptions): Peer => testLive(`udp://127.0.0.1:${udp}`, urlOf(options));

/** The same, giving what it receives from a group to a UDP port of 127.0.0.1. */
export const testLiveReceiver = (udp: number, options: TestLiveOptions): Peer => testLive(urlOf(options), `udp://127.0.0.1:${udp}`);
