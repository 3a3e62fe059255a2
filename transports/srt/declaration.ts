import {
  checkTsOutput,
  claimUdp,
  counter,
  declare,
  gauge,
  secret,
  socketAddress,
  tsOutputFields,
  tsOutputStats,
  unicastAddress,
  type Claim,
  type Problem,
} from "@bilbycast/engine/transport/declare";
import { z } from "zod";

const LIST = "#!::";
const LONGEST_LATENCY_MS = 65_535;

const latency = (title: string, description: string) => z.int().min(0).max(LONGEST_LATENCY_MS).meta({ title, unit: "ms", description });

/** Who talks to whom, and how patiently. */
const peerFields = () => ({
  mode: z.enum(["caller", "listener", "rendezvous"]).meta({
    title: "Mode",
    description: "Who begins: a caller calls a listener, two in a rendezvous call each other.",
  }),
  local_addr: unicastAddress({ anyPort: true })
    .meta({ title: "Local address", description: "Listen on, or call from; port 0 lets the system choose. A caller needs none." })
    .optional(),
  remote_addr: socketAddress().meta({ title: "Remote address", description: "Whom to call; a listener has none." }).optional(),
  latency_ms: latency("Latency", "From the sending to the delivery, if the other side wants no more.").default(120),
  recv_latency_ms: latency("Receive latency", "Of what comes here, in place of the latency.").optional(),
  peer_latency_ms: latency("Peer latency", "That the other side's receiver shall have at least, in place of the latency.").optional(),
  peer_idle_timeout_secs: z
    .int()
    .min(1)
    .max(3_600)
    .default(30)
    .meta({ title: "Idle time-out", unit: "s", description: "Silence of the other side after which the connection is given up." }),
  connect_timeout_secs: z
    .int()
    .min(1)
    .max(60)
    .default(3)
    .meta({ title: "Connect time-out", unit: "s", description: "How long one call waits for its answer; a rendezvous ten times as long." }),
});

/** What is kept from others. */
const securityFields = () => ({
  passphrase: secret(
    z
      .string()
      .min(10, { error: "must have 10 to 79 characters" })
      .refine((text) => new TextEncoder().encode(text).length <= 79, { error: "must have at most 79 bytes of UTF-8" })
      .meta({ title: "Passphrase", description: "Encrypts; both sides must have the same." }),
  ).optional(),
  aes_key_len: z
    .literal([16, 24, 32])
    .default(16)
    .meta({ title: "Key length", unit: "bytes", description: "Of AES; a listener takes the caller's." }),
  crypto_mode: z
    .enum(["aes-ctr", "aes-gcm"])
    .meta({
      title: "Cipher mode",
      description: "With a passphrase. A caller uses CTR and a listener takes the caller's when it is absent.",
    })
    .optional(),
  enforced_encryption: z.boolean().default(true).meta({
    title: "Enforce encryption",
    description: "Refuse who has another passphrase or none; otherwise the connection stands and carries nothing.",
  }),
  stream_id: z.string().max(512).default("").meta({
    title: "Stream ID",
    description: "What a caller asks for; a listener with one refuses callers that ask for anything else. #!::r=name,u=user has keys.",
  }),
});

/** What is on the wire. */
const wireFields = () => ({
  packet_filter: z
    .string()
    .max(64)
    .regex(/^(|fec(,(cols:\d{1,3}|rows:-?\d{1,3}|layout:(even|staircase)|arq:(always|onreq|never)))+)$/, {
      error: "must be like fec,cols:10,rows:5,layout:staircase,arq:onreq",
    })
    .default("")
    .meta({
      title: "Packet filter",
      description: "Forward error correction, fec,cols:10,rows:5; a listener without one takes the caller's.",
    }),
  flight_flag_size: z
    .int()
    .min(32)
    .max(1_000_000)
    .default(25_600)
    .meta({ title: "Flight flag size", unit: "packets", description: "Most packets that may be under way." }),
  mss: z.int().min(256).max(1_500).default(1_500).meta({ title: "MSS", unit: "bytes", description: "Longest IP packet." }),
  tlpkt_drop: z
    .boolean()
    .default(true)
    .meta({ title: "Too-late drop", description: "Give up what cannot come in time, rather than wait." }),
  ip_tos: z.int().min(0).max(255).meta({ title: "Type of service", description: "Of every packet that is sent: DSCP times 4." }).optional(),
  ip_ttl: z.int().min(1).max(255).meta({ title: "TTL", description: "Routers that a packet may pass." }).optional(),
});

/** Fields of both halves. */
const socketFields = () => ({ ...peerFields(), ...securityFields(), ...wireFields() });

const buffer = (title: string) =>
  z.int().min(32).max(65_536).meta({ title, unit: "packets", description: "Rounded up to a power of two; for 100 Mbit/s when absent." });

/** Bytes per second. */
const bandwidth = (title: string, description: string) => z.int().meta({ title, unit: "bytes/s", description });

const sendingFields = () => ({
  max_connections: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .meta({ title: "Connections", description: "Callers that a listener serves at the same time." }),
  max_bw: bandwidth("Maximum bandwidth", "0: what the input needs and the overhead. No limit when absent.").min(0).optional(),
  input_bw: bandwidth("Input bandwidth", "With a maximum bandwidth of 0; measured when 0.").min(0).default(0),
  overhead_bw: z
    .int()
    .min(5)
    .max(100)
    .default(25)
    .meta({ title: "Overhead", unit: "%", description: "Beyond the input, for what is sent again." }),
  max_rexmit_bw: bandwidth("Retransmission bandwidth", "Most of what is sent again; -1 for no limit.").min(-1).default(-1),
  retransmit_algo: z.enum(["default", "reduced"]).default("reduced").meta({
    title: "Retransmission",
    description: "reduced: nothing is sent again while the last time may still be under way. default: whenever it is asked for.",
  }),
  send_drop_delay: z
    .int()
    .min(-1)
    .max(LONGEST_LATENCY_MS)
    .default(0)
    .meta({ title: "Send drop delay", unit: "ms", description: "Beyond the latency, until the sender gives a packet up; -1: never." }),
  km_refresh_rate: z
    .int()
    .min(64)
    .max(2 ** 31 - 1)
    .default(2 ** 24)
    .meta({ title: "Key refresh", unit: "packets", description: "That one key encrypts." }),
  km_pre_announce: z
    .int()
    .min(1)
    .max(2 ** 30)
    .default(2 ** 12)
    .meta({ title: "Key announcement", unit: "packets", description: "Before a key ends, the next is told." }),
  payload_size: z
    .int()
    .min(188)
    .max(1_456)
    .default(1_316)
    .meta({ title: "Payload size", unit: "bytes", description: "Longest payload of a packet; longer units are dropped." }),
  send_buffer_size: buffer("Send buffer").optional(),
});

type Socket = {
  mode: string;
  local_addr?: string | undefined;
  remote_addr?: string | undefined;
  aes_key_len: number;
  crypto_mode?: string | undefined;
  packet_filter: string;
  stream_id: string;
};

/** Rules between the fields of either half. */
const checkSocket = (config: Socket): Problem[] => {
  const { mode, local_addr, remote_addr, aes_key_len, crypto_mode, packet_filter, stream_id } = config;
  const problems: Problem[] = [];
  const rule = (holds: boolean, field: string, message: string): void => {
    if (!holds) {
      problems.push({ path: [field], message });
    }
  };
  rule(mode === "caller" || local_addr !== undefined, "local_addr", `is where a ${mode} is found`);
  rule(mode === "listener" || remote_addr !== undefined, "remote_addr", `is whom a ${mode} calls`);
  rule(mode !== "listener" || remote_addr === undefined, "remote_addr", "is nobody for a listener: leave it out");
  rule(remote_addr === undefined || local_addr !== remote_addr, "remote_addr", "must be another address than local_addr");
  rule(isOneFamily(local_addr, remote_addr), "local_addr", "must be of the same family as remote_addr");
  rule(crypto_mode !== "aes-gcm" || aes_key_len !== 24, "aes_key_len", "must be 16 or 32 with aes-gcm");
  rule(mode !== "listener" || isStreamId(stream_id), "stream_id", "must be a name, or a list like #!::r=name,m=publish,u=user");
  rule(mode !== "rendezvous" || packet_filter === "", "packet_filter", "is not for a rendezvous");
  return problems;
};

/** Free text, or a list of keys with a value each; as `readStreamId` of the protocol reads it. */
const isStreamId = (text: string): boolean => {
  const pairs = text.slice(LIST.length).split(",");
  const isList =
    pairs.every((pair) => /^[\w-]{1,64}=/.test(pair)) && new Set(pairs.map((pair) => pair.split("=")[0])).size === pairs.length;
  return !/\p{Cc}/u.test(text) && (text.startsWith(LIST) ? isList && pairs.length <= 32 : !text.startsWith("#!:{"));
};

const isOneFamily = (left: string | undefined, right: string | undefined): boolean =>
  left === undefined || right === undefined || left.startsWith("[") === right.startsWith("[");

type Sending = Socket & { km_refresh_rate: number; km_pre_announce: number };

const checkSending = (config: Sending): Problem[] =>
  config.km_pre_announce <= (config.km_refresh_rate - 1) / 2
    ? []
    : [{ path: ["km_pre_announce"], message: "must be less than half of km_refresh_rate" }];

const claim = ({ local_addr }: { local_addr?: string | undefined }): Claim[] => claimUdp({ bind_addr: local_addr });

export const declaration = declare({
  kind: "srt",
  title: "MPEG-TS over SRT",
  runsOn: "lane",
  input: z.object({
    ...socketFields(),
    loss_max_ttl: z
      .int()
      .min(0)
      .max(1_000)
      .default(0)
      .meta({ title: "Reorder tolerance", unit: "packets", description: "Most packets that a gap waits for before it is reported." }),
    recv_buffer_size: buffer("Receive buffer").optional(),
  }),
  output: z.object({ ...socketFields(), ...sendingFields(), ...tsOutputFields() }),
  gives: "ts",
  takes: ["ts"],
  checkInput: checkSocket,
  checkOutput: (config: Sending & Parameters<typeof checkTsOutput>[0]) => [
    ...checkSocket(config),
    ...checkSending(config),
    ...checkTsOutput(config),
  ],
  claimsInput: claim,
  claimsOutput: claim,
  stats: {
    ...tsOutputStats(),
    notTs: counter("bytes", "Bytes skipped because they belong to no whole TS packet.", "input"),
    resyncs: counter("times", "The TS packet grid was lost and found again.", "input"),
    rtpStripped: counter("packets", "Payloads that came with an RTP header, which was taken off.", "input"),
    regrouped: counter("units", "Units put together from payloads that were not 7 whole TS packets.", "input"),
    overflowed: counter("units", "Dropped because one batch brought more than the input can hold.", "input"),
    dataReceived: counter("packets", "Data packets that came, copies and those sent again included.", "input"),
    dataReceivedUnique: counter("packets", "Data packets that came in time for the first time, rebuilt ones included.", "input"),
    retransmitsReceived: counter("packets", "Came marked as sent again.", "input"),
    packetsLost: counter("packets", "Missing when a later one came; most are sent again.", "input"),
    packetsTooLate: counter("packets", "Not delivered: they did not come in time, or could not be read.", "input"),
    packetsBelated: counter("packets", "Came when their time was over.", "input"),
    packetsDuplicated: counter("packets", "Came a second time.", "input"),
    packetsUndecrypted: counter("packets", "Could not be decrypted, or came in the clear where a passphrase is.", "input"),
    packetsOverflowed: counter("packets", "Beyond the receive buffer.", "input"),
    packetsMalformed: counter("packets", "No SRT, or not as it must be."),
    packetsFiltered: counter("packets", "Of strangers, for connections that are no more, or of no use to this side."),
    acksSent: counter("packets", "Acknowledgements sent.", "input"),
    naksSent: counter("packets", "Loss reports sent.", "input"),
    dataSent: counter("packets", "Data packets that left, those sent again included.", "output"),
    dataSentUnique: counter("packets", "Data packets that left for the first time.", "output"),
    retransmitsSent: counter("packets", "Data packets that were sent again.", "output"),
    lossesReported: counter("packets", "That the receivers reported missing.", "output"),
    sendDropped: counter("packets", "Given up by the sender: too old, too long, or no room.", "output"),
    unconnectedDropped: counter("packets", "Came from the flow while nobody was connected.", "output"),
    acksReceived: counter("packets", "Acknowledgements received.", "output"),
    naksReceived: counter("packets", "Loss reports received.", "output"),
    filterExtraSent: counter("packets", "Parity packets sent.", "output"),
    filterExtraReceived: counter("packets", "Parity packets received.", "input"),
    filterRebuilt: counter("packets", "Rebuilt from parity.", "input"),
    keysRefreshed: counter("times", "A new key took the place of the last.", "output"),
    connections: counter("times", "Connections made."),
    handshakesRefused: counter("times", "Handshakes that ended in a refusal, ours or the other's."),
    dataBytesReceived: counter("bytes", "Payloads of the data packets that came, copies and those sent again included.", "input"),
    dataBytesReceivedUnique: counter("bytes", "Payloads that came in time for the first time.", "input"),
    dataBytesSent: counter("bytes", "Payloads of the data packets that left, those sent again included.", "output"),
    dataBytesSentUnique: counter("bytes", "Payloads that left for the first time.", "output"),
    rttUs: gauge("microseconds", "Smoothed round trip time."),
    rttVarianceUs: gauge("microseconds", "Its smoothed deviation."),
    receiveBuffered: gauge("packets", "Packets that wait for their time.", "input"),
    sendBuffered: gauge("packets", "Packets that wait or are not acknowledged.", "output"),
    flightSize: gauge("packets", "Packets under way.", "output"),
    flowWindow: gauge("packets", "Packets that may be under way.", "output"),
    sendPeriodUs: gauge("microseconds", "Least time between two packets.", "output"),
    receiveLatencyMs: gauge("milliseconds", "Latency of what comes here, as agreed on."),
    sendLatencyMs: gauge("milliseconds", "Latency of the other side's receiver, as agreed on."),
    linkReceiveRate: gauge("packets per second", "Rate of what comes.", "input"),
    reorderDistance: gauge("packets", "How late the last packet out of order came.", "input"),
    connectionsOpen: gauge("connections", "Connections that stand."),
    connectionAgeMs: gauge("milliseconds", "Age of the connection that was heard last."),
    reorderTolerance: gauge("packets", "Packets that a gap waits for before it is reported.", "input"),
    linkCapacity: gauge("packets per second", "Highest rate that was seen to come through."),
  },
  faults: {
    srt_bind_failed:
      "The SRT input could not open its socket: the address is not ours, another program holds the port, or there is no route.",
    srt_output_failed:
      "The SRT output could not open its socket: the address is not ours, another program holds the port, or there is no route.",
  },
  events: {
    srt_connected: "An SRT connection stands.",
    srt_disconnected: "An SRT connection ended: the other side said so, fell silent, or another took its place.",
    srt_refused: "An SRT handshake failed, and is tried again; the reason is told once.",
  },
});
