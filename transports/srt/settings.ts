import type { EventReport } from "@bilbycast/engine/transport";
import type { Tally } from "@bilbycast/foundation/packets";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { seconds } from "@bilbycast/foundation/time";
import {
  bufferFor,
  DEFAULT_SETTINGS,
  PATIENCE,
  SRT_COUNTERS,
  SRT_GAUGES,
  type SrtEvent,
  type SrtMeters,
  type SrtSettings,
} from "@bilbycast/protocols/srt";
import type { InputConfig, OutputConfig } from "@bilbycast/engine/transport";
import type { declaration } from "./declaration.ts";

type Config = InputConfig<typeof declaration> | OutputConfig<typeof declaration>;

/** What a checked configuration asks of the socket, apart from what only one half has. */
const common = (config: Config) => {
  const { passphrase, crypto_mode } = config;
  return {
    ...DEFAULT_SETTINGS,
    receiveLatencyMs: config.recv_latency_ms ?? config.latency_ms,
    peerLatencyMs: config.peer_latency_ms ?? config.latency_ms,
    tooLateDrop: config.tlpkt_drop,
    passphrase: passphrase === undefined ? undefined : encodeUtf8(passphrase),
    keyLength: config.aes_key_len,
    cipherMode: crypto_mode === undefined ? "auto" : crypto_mode === "aes-gcm" ? "gcm" : "ctr",
    enforcedEncryption: config.enforced_encryption,
    streamId: config.stream_id,
    filter: config.packet_filter,
    mss: config.mss,
    flowWindow: config.flight_flag_size,
    connectTimeout: seconds(config.connect_timeout_secs),
    idleTimeout: seconds(config.peer_idle_timeout_secs),
  } as const;
};

export const inputSettings = (config: InputConfig<typeof declaration>): SrtSettings => {
  const settings = common(config);
  return {
    ...settings,
    deliveryStep: PATIENCE,
    receiveBuffer: bufferFor(settings.receiveLatencyMs, config.recv_buffer_size),
    reorderTolerance: config.loss_max_ttl,
  };
};

export const outputSettings = (config: OutputConfig<typeof declaration>): SrtSettings => {
  const settings = common(config);
  return {
    ...settings,
    sendBuffer: bufferFor(Math.max(settings.peerLatencyMs, LEAST_SEND_MS), config.send_buffer_size),
    maxBandwidth: config.max_bw ?? -1,
    inputBandwidth: config.input_bw,
    overhead: config.overhead_bw,
    maxRetransmitBandwidth: config.max_rexmit_bw,
    retransmission: config.retransmit_algo,
    sendDropDelayMs: config.send_drop_delay,
    refreshRate: config.km_refresh_rate,
    preAnnounce: config.km_pre_announce,
    payloadSize: config.redundancy === undefined ? config.payload_size : Math.min(LONGEST_PAYLOAD, config.payload_size + RTP_HEADER),
  };
};

/** A unit is sent with a header of RTP where there are two legs. Bytes. RFC 3550 §5.1. */
const RTP_HEADER = 12;
const LONGEST_PAYLOAD = 1_456;

/** A sender keeps packets for a second at least, whatever the latency. */
const LEAST_SEND_MS = 1_000;

type Stats = Readonly<Record<string, Tally>>;

/** A meter for each; those of the other half, which nobody reads, count nothing. */
export const metersOf = (stats: Stats): SrtMeters => meters((name) => stats[name]);

/** The meters of one of two legs. What is lost, comes twice or is refused by the first one alone is not what the input lacks, has twice or refuses. */
export const metersOfLeg = (stats: Stats, leg: 1 | 2): SrtMeters =>
  meters((name) => stats[leg === 1 && !OF_THE_WHOLE.has(name) ? name : prefixed(leg, name)]);

/** With two legs the input as a whole has these counters. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set(["packetsLost", "packetsDuplicated", "packetsFiltered"]);

const prefixed = (leg: 1 | 2, name: string): string => `srtLeg${leg}${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const meters = (find: (name: string) => Tally | undefined): SrtMeters =>
  Object.fromEntries([...SRT_COUNTERS, ...SRT_GAUGES].map((name) => [name, find(name) ?? NOBODY])) as SrtMeters;

const NOBODY = { add: () => {}, set: () => {} };

/** What becomes of connections, for people; `leg`: by which of two. */
export const eventOf = (event: SrtEvent, leg?: 1 | 2): EventReport => {
  const { event: what, ...rest } = event;
  const details = leg === undefined ? rest : { ...rest, leg };
  const where = `${leg === undefined ? "" : ` on leg ${leg}`}${"peer" in event && event.peer !== "" ? ` (${event.peer})` : ""}`;
  switch (event.event) {
    case "connected":
      return { severity: "info", code: `srt_${what}`, message: `SRT connected${where}.`, details };
    case "disconnected":
      return { severity: "warning", code: `srt_${what}`, message: `SRT disconnected${where}: ${event.reason}.`, details };
    case "link_active":
      return { severity: "info", code: `srt_${what}`, message: "A link of the SRT group sends now.", details };
    default:
      return {
        severity: "warning",
        code: `srt_${what}`,
        message: `SRT refused by ${event.by === "us" ? "this side" : "the other side"}${where}: ${event.reason}.`,
        details,
      };
  }
};
