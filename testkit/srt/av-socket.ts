import { fileURLToPath } from "node:url";
import { peer, type Peer } from "@bilbycast/testkit/peers";

export type AvSocketOptions = { port: number; latencyMs: number; passphrase: string };

/** libsrt of 1.5.4 or later, with AES-GCM: it comes from npm inside node-av. As a listener it takes the cipher that its caller wants. */
export const avListener = (role: "receive" | "send", file: string, { port, latencyMs, passphrase }: AvSocketOptions): Peer => {
  const options = new URLSearchParams({ mode: "listener", latency: String(latencyMs * 1_000), passphrase, pkt_size: "1316" });
  const entry = fileURLToPath(new URL("av-socket-main.ts", import.meta.url));
  return peer(process.execPath, [entry, role, `srt://127.0.0.1:${port}?${options.toString()}`, file]);
};
