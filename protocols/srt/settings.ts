import type { CipherMode } from "@bilbycast/foundation/crypto";
import { milliseconds, seconds, type Microseconds } from "@bilbycast/foundation/time";
import { STEP } from "./step.ts";

/** What a socket is told; the names follow libsrt's options. */
export type SrtSettings = {
  /** Least delay from the peer's sending to our delivering. Milliseconds, 0 to 65535. */
  receiveLatencyMs: number;
  /** Least delay that the peer's receiver shall have. Milliseconds, 0 to 65535. */
  peerLatencyMs: number;
  /** Give up what cannot come in time, and tell the peer that it may do so too. */
  tooLateDrop: boolean;
  /** Packets are delivered on multiples of it; never before their time. */
  deliveryStep: Microseconds;
  /** Follow the peer's clock. */
  driftTracer: boolean;
  /** 10 to 79 bytes of UTF-8; absent: no encryption. */
  passphrase: Uint8Array | undefined;
  /** Bytes. */
  keyLength: 16 | 24 | 32;
  /** auto: CTR as a caller; as a listener what the caller wants. */
  cipherMode: "auto" | CipherMode;
  /** Refuse a peer whose passphrase is another, or that has none. */
  enforcedEncryption: boolean;
  /** Packets that one key encrypts, and how many before its end the next is announced. */
  refreshRate: number;
  preAnnounce: number;
  /** What a caller asks a listener for; at most 512 bytes of UTF-8. */
  streamId: string;
  /** Packet filter, `fec,cols:10,rows:5`; empty: none of our own, a listener then takes the caller's. At most 64 bytes. */
  filter: string;
  /** Longest payload in bytes, and what the filter sums up: 188 to 1456. */
  payloadSize: number;
  /** Longest IP packet in bytes, 76 to 1500. */
  mss: number;
  /** Packets that may be under way to us. */
  flowWindow: number;
  /** Packets; powers of two. */
  receiveBuffer: number;
  sendBuffer: number;
  connectTimeout: Microseconds;
  /** Silence of the peer after which the connection is broken. */
  idleTimeout: Microseconds;
  /** Wait from the end of a connection, or a refusal, to the next call. */
  retryInterval: Microseconds;
  /** Bytes per second: -1 for none, 0 to follow the input. */
  maxBandwidth: number;
  /** Bytes per second, with `maxBandwidth` 0; 0: measured. */
  inputBandwidth: number;
  /** Least of what is measured, bytes per second. */
  minInputBandwidth: number;
  /** Percent beyond the input for retransmission, 5 to 100. */
  overhead: number;
  /** Bytes per second of retransmissions; -1 for no limit. */
  maxRetransmitBandwidth: number;
  /** default: whenever the peer asks; reduced: not again while the last one may still be under way. */
  retransmission: "default" | "reduced";
  /** Added to the latency before the sender gives up; -1: it never does. Milliseconds. */
  sendDropDelayMs: number;
  /** Most packets that a gap waits for before it is reported; 0: none. */
  reorderTolerance: number;
  /** Oldest peer that is let in, 0x00XXYYZZ. */
  minVersion: number;
};

export const DEFAULT_SETTINGS: SrtSettings = {
  receiveLatencyMs: 120,
  peerLatencyMs: 0,
  tooLateDrop: true,
  deliveryStep: STEP,
  driftTracer: true,
  passphrase: undefined,
  keyLength: 16,
  cipherMode: "auto",
  enforcedEncryption: true,
  refreshRate: 2 ** 24,
  preAnnounce: 2 ** 12,
  streamId: "",
  filter: "",
  payloadSize: 1_316,
  mss: 1_500,
  flowWindow: 25_600,
  receiveBuffer: 8_192,
  sendBuffer: 8_192,
  connectTimeout: seconds(3),
  idleTimeout: seconds(5),
  retryInterval: seconds(1),
  maxBandwidth: -1,
  inputBandwidth: 0,
  minInputBandwidth: 0,
  overhead: 25,
  maxRetransmitBandwidth: -1,
  retransmission: "reduced",
  sendDropDelayMs: 0,
  reorderTolerance: 0,
  minVersion: 0x01_0300,
};

/** Packets of 1316 bytes that 100 Mbit/s bring in a millisecond, rounded up. */
const PACKETS_PER_MS = 10;
/** Beyond the latency: what is under way while a loss is told. Milliseconds. */
const MARGIN_MS = 100;
const SMALLEST_BUFFER = 32;
const LARGEST_BUFFER = 65_536;

/** Packets that a buffer holds: as many as are asked for, or as a latency needs at 100 Mbit/s; a power of two. */
export const bufferFor = (latencyMs: number, packets?: number): number => {
  const wanted = packets ?? PACKETS_PER_MS * (latencyMs + MARGIN_MS);
  return 2 ** Math.ceil(Math.log2(Math.min(LARGEST_BUFFER, Math.max(SMALLEST_BUFFER, wanted))));
};

/** The version whose behaviour we claim: GCM as of 1.5.4. */
export const OUR_VERSION = 0x01_0505;

/** Timers that are no options. */
export const SYN = milliseconds(10);
export const KEEPALIVE_INTERVAL = seconds(1);
export const HANDSHAKE_INTERVAL = milliseconds(250);
