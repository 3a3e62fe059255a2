import { peer, type Peer } from "@bilbycast/testkit/peers";
import { liveTransmitReceiver, liveTransmitSender, type LiveTransmitOptions } from "./live-transmit.ts";

export type SrtMode = "caller" | "listener" | "rendezvous";
export type KeyLength = 16 | 24 | 32;

/** How another's SRT is to behave. `port`: to call or to listen on, at 127.0.0.1; `localPort`: its own in a rendezvous. */
export type SrtPeerOptions = {
  mode: SrtMode;
  port: number;
  localPort?: number;
  latencyMs: number;
  secret?: { passphrase: string; keyLength: KeyLength };
};

/** A program that speaks SRT: what comes to a UDP port of 127.0.0.1 it sends, and what it receives it gives to one, byte for byte. */
export type SrtPeer = {
  name: string;
  sender(udp: number, options: SrtPeerOptions): Peer;
  receiver(udp: number, options: SrtPeerOptions): Peer;
  /** It connects only when something has come that it is to send; until then it keeps that. */
  waitsForInput: boolean;
  /** Why it does not offer that mode; `undefined` where it does. */
  lacks(mode: SrtMode): string | undefined;
};

const transmitOptions = ({ localPort, ...options }: SrtPeerOptions): LiveTransmitOptions => ({
  ...options,
  more: localPort === undefined ? {} : { port: localPort },
});

export const LIVE_TRANSMIT: SrtPeer = {
  name: "srt-live-transmit",
  sender: (udp, options) => liveTransmitSender(udp, transmitOptions(options)),
  receiver: (udp, options) => liveTransmitReceiver(udp, transmitOptions(options)),
  waitsForInput: false,
  lacks: () => undefined,
};

const gstreamerUri = ({ mode, port, localPort, latencyMs, secret }: SrtPeerOptions): string => {
  const local = localPort === undefined ? "" : `&localaddress=127.0.0.1&localport=${localPort}`;
  const security = secret === undefined ? "" : `&passphrase=${secret.passphrase}&pbkeylen=${secret.keyLength}`;
  return `uri=srt://127.0.0.1:${port}?mode=${mode}&latency=${latencyMs}${local}${security}`;
};

/** A buffer of GStreamer is a message, and a datagram. */
export const GSTREAMER: SrtPeer = {
  name: "GStreamer",
  sender: (udp, options) =>
    peer("gst-launch-1.0", [
      ...["-q", "udpsrc", "address=127.0.0.1", `port=${udp}`, "buffer-size=4194304"],
      ...["!", "srtsink", gstreamerUri(options), "wait-for-connection=false", "sync=false"],
    ]),
  receiver: (udp, options) =>
    peer("gst-launch-1.0", ["-q", "srtsrc", gstreamerUri(options), "!", "udpsink", "host=127.0.0.1", `port=${udp}`, "sync=false"]),
  waitsForInput: false,
  lacks: () => undefined,
};

/** ffmpeg takes latencies in microseconds. */
const ffmpegUri = ({ mode, port, latencyMs, secret }: SrtPeerOptions): string => {
  const security = secret === undefined ? "" : `&passphrase=${secret.passphrase}&pbkeylen=${secret.keyLength}`;
  return `srt://127.0.0.1:${port}?mode=${mode}&latency=${latencyMs * 1_000}&pkt_size=1316&transtype=live${security}`;
};

/** Bytes as they come: nothing is parsed. */
const ffmpegPipe = (from: string, to: string): Peer =>
  peer("ffmpeg", [
    ...["-hide_banner", "-nostats", "-loglevel", "warning", "-fflags", "nobuffer"],
    ...["-f", "data", "-raw_packet_size", "1316", "-i", from, "-map", "0", "-c", "copy", "-flush_packets", "1", "-f", "data", to],
  ]);

export const FFMPEG: SrtPeer = {
  name: "ffmpeg",
  sender: (udp, options) => ffmpegPipe(`udp://127.0.0.1:${udp}?buffer_size=4194304&fifo_size=50000`, ffmpegUri(options)),
  receiver: (udp, options) => ffmpegPipe(ffmpegUri(options), `udp://127.0.0.1:${udp}?pkt_size=1316`),
  waitsForInput: true,
  lacks: (mode) => (mode === "rendezvous" ? "binds the very address that it calls, so that on one machine it meets nobody" : undefined),
};
