import type { Json } from "../../live/merge-patch.ts";
import { asOneOf, asSwitch, asText, asWhole, isInMicroseconds, latencyMs, msAsSeconds, type Read } from "./option-readers.ts";
import { socketOf, type Address, type Reading, type Side } from "./reading.ts";

type Option = { field: string; read: Read; side?: Side };

const latency: Option = { field: "latency_ms", read: latencyMs };
const receiveLatency: Option = { field: "recv_latency_ms", read: latencyMs };
const peerLatency: Option = { field: "peer_latency_ms", read: latencyMs };
const keyLength: Option = { field: "aes_key_len", read: asOneOf({ "16": 16, "24": 24, "32": 32, "128": 16, "192": 24, "256": 32 }) };
const streamId: Option = { field: "stream_id", read: asText };
const flight: Option = { field: "flight_flag_size", read: asWhole };
const payload: Option = { field: "payload_size", read: asWhole, side: "output" };
const overhead: Option = { field: "overhead_bw", read: asWhole, side: "output" };
const drop: Option = { field: "tlpkt_drop", read: asSwitch };
const enforced: Option = { field: "enforced_encryption", read: asSwitch };
const connectTimeout: Option = { field: "connect_timeout_secs", read: msAsSeconds };

/** Options by the names that libsrt's programs, ffmpeg and VLC have for them, in lower case. */
const OPTIONS: Readonly<Record<string, Option>> = {
  latency,
  tsbpddelay: latency,
  rcvlatency: receiveLatency,
  peerlatency: peerLatency,
  passphrase: { field: "passphrase", read: asText },
  pbkeylen: keyLength,
  "key-length": keyLength,
  streamid: streamId,
  srt_streamid: streamId,
  "stream-id": streamId,
  cryptomode: { field: "crypto_mode", read: asOneOf({ "1": "aes-ctr", "2": "aes-gcm", "aes-ctr": "aes-ctr", "aes-gcm": "aes-gcm" }) },
  enforced_encryption: enforced,
  enforcedencryption: enforced,
  packetfilter: { field: "packet_filter", read: asText },
  fc: flight,
  ffs: flight,
  mss: { field: "mss", read: asWhole },
  tlpktdrop: drop,
  tos: { field: "ip_tos", read: asWhole },
  iptos: { field: "ip_tos", read: asWhole },
  ttl: { field: "ip_ttl", read: asWhole },
  ipttl: { field: "ip_ttl", read: asWhole },
  conntimeo: connectTimeout,
  connect_timeout: connectTimeout,
  peeridletimeo: { field: "peer_idle_timeout_secs", read: msAsSeconds },
  lossmaxttl: { field: "loss_max_ttl", read: asWhole, side: "input" },
  maxbw: { field: "max_bw", read: asWhole, side: "output" },
  inputbw: { field: "input_bw", read: asWhole, side: "output" },
  oheadbw: overhead,
  maxrexmitbw: { field: "max_rexmit_bw", read: asWhole, side: "output" },
  retransmitalgo: { field: "retransmit_algo", read: asOneOf({ "0": "default", "1": "reduced" }), side: "output" },
  snddropdelay: { field: "send_drop_delay", read: asWhole, side: "output" },
  kmrefreshrate: { field: "km_refresh_rate", read: asWhole, side: "output" },
  kmpreannounce: { field: "km_pre_announce", read: asWhole, side: "output" },
  payload_size: payload,
  payloadsize: payload,
  pkt_size: payload,
};

/** Read for themselves, or what this node does anyway. */
const TAKEN = new Set(["mode", "adapter", "localaddr", "localport", "port", "bind", "transtype"]);
const MODES = { caller: "caller", client: "caller", listener: "listener", server: "listener", rendezvous: "rendezvous" } as const;

/** `srt://host:port?mode=caller&latency=240`, as libsrt's programs, ffmpeg, OBS and VLC write it. */
export const readSrt = (address: Address, side: Side): Reading => {
  const given = new Map(address.options);
  const mode = modeOf(address, given.get("mode"));
  const reading: Reading = { kind: "srt", fields: { mode, ...endsOf(address, mode, given) }, said: [`SRT ${mode}`], unused: [], notes: [] };
  for (const [name, text] of address.options) {
    const option = OPTIONS[name];
    const value = option === undefined || (option.side ?? side) !== side ? undefined : option.read(text);
    if (option !== undefined && value !== undefined) {
      reading.fields[option.field] = value;
    } else if (!TAKEN.has(name)) {
      reading.unused.push(text === "" ? name : `${name}=${text}`);
    }
    if (option?.read === latencyMs && isInMicroseconds(text)) {
      reading.notes.push(`${name}=${text} was read as microseconds, as ffmpeg writes it.`);
    }
  }
  if (given.get("transtype") === "file") {
    reading.unused.push("transtype=file");
  }
  reading.said.push(...saidOf(reading.fields));
  return reading;
};

/** Without a host there is nobody to call. VLC and ffmpeg write `@` before an address to listen on. */
const modeOf = ({ host, user }: Address, word: string | undefined): "caller" | "listener" | "rendezvous" => {
  const found = MODES[(word ?? "").toLowerCase() as keyof typeof MODES];
  return found ?? (host === "" || host === "*" || host === "0.0.0.0" || host === "::" || user === "" ? "listener" : "caller");
};

const endsOf = (address: Address, mode: string, given: ReadonlyMap<string, string>): Record<string, Json> => {
  const { host, port } = address;
  if (mode === "listener") {
    return { local_addr: socketOf(host, port) };
  }
  const adapter = given.get("adapter") ?? given.get("localaddr");
  const bind = given.get("bind");
  const localPort = Number(given.get("localport") ?? given.get("port") ?? (mode === "rendezvous" ? port : 0));
  const local =
    bind ??
    (adapter !== undefined || localPort > 0 ? socketOf(adapter ?? "", localPort, host.includes(":") ? "::" : "0.0.0.0") : undefined);
  return { remote_addr: socketOf(host, port), ...(local === undefined ? {} : { local_addr: local }) };
};

const saidOf = (fields: Readonly<Record<string, Json>>): string[] => {
  const { latency_ms: latencyOfIt, passphrase, aes_key_len: length, stream_id: stream } = fields;
  return [
    ...(latencyOfIt === undefined ? [] : [`latency ${JSON.stringify(latencyOfIt)} ms`]),
    ...(passphrase === undefined ? [] : [`AES-${Number(length ?? 16) * 8}`]),
    ...(passphrase === undefined && length !== undefined ? [`key of ${Number(length) * 8} bits without a passphrase`] : []),
    ...(typeof stream === "string" ? [`stream ID ${stream}`] : []),
  ];
};
