import {
  checkTsOutput,
  claimUdp,
  declare,
  secret,
  socketAddress,
  tsOutputFields,
  unicastAddress,
  type Claim,
  type Problem,
} from "@bilbycast/engine/transport/declare";
import { z } from "zod";
import {
  checkCarriage,
  checkLegs,
  checkSocket,
  checkSource,
  warnDifferential,
  type Carriage,
  type Legs,
  type Socket,
} from "./declaration-rules.ts";
import { SRT_STATS } from "./declaration-stats.ts";
import { asSingle, bonding, checkBondedOutput, checkBonding, claimBonding, type Bonding } from "./declaration-bonding.ts";

const LONGEST_LATENCY_MS = 65_535;
const MOST_LANES = 16;

const latency = (title: string, description: string) => z.int().min(0).max(LONGEST_LATENCY_MS).meta({ title, unit: "ms", description });

/** Who talks to whom, and how patiently. */
const peerFields = () => ({
  mode: z.enum(["caller", "listener", "rendezvous"]).meta({
    title: "Mode",
    description: "Who begins: a caller calls a listener, two in a rendezvous call each other.",
  }),
  local_addr: unicastAddress({ anyPort: true })
    .meta({
      title: "Local address",
      basic: true,
      description: "Listen on, or call from; port 0 lets the system choose. A caller needs none.",
    })
    .optional(),
  remote_addr: socketAddress().meta({ title: "Remote address", basic: true, description: "Whom to call; a listener has none." }).optional(),
  latency_ms: latency("Latency", "From the sending to the delivery, if the other side wants no more.").meta({ basic: true }).default(120),
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
      .meta({ title: "Passphrase", basic: true, description: "Encrypts; both sides must have the same." }),
  ).optional(),
  aes_key_len: z
    .literal([16, 24, 32])
    .default(16)
    .meta({ title: "Key length", basic: true, unit: "bytes", description: "Of AES; a listener takes the caller's." }),
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
    basic: true,
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
const socketFields = () => ({ ...peerFields(), ...securityFields(), ...wireFields(), transport_mode: transportMode(), bonding: bonding() });

const transportMode = () =>
  z.enum(["ts", "audio_302m"]).default("ts").meta({
    title: "Transport mode",
    description: "ts: any MPEG-TS. audio_302m: MPEG-TS that carries uncompressed audio by SMPTE ST 302.",
  });

/** The second of two legs: who talks to whom and what is kept from others is its own, the rest is that of the first. */
const secondLeg = <More extends z.ZodRawShape>(description: string, more: More) =>
  z
    .strictObject({ ...peerFields(), ...securityFields(), ...more })
    .meta({ title: "Second leg", description })
    .optional();

const pathDifferential = () =>
  z
    .int()
    .min(5)
    .max(2_000)
    .meta({
      unit: "ms",
      description:
        "Where the stream comes in RTP: every packet leaves this long after the earlier leg brings it, which is the longest difference of the two that is made up for. Absent: what their latencies differ by, and 100 ms.",
    })
    .optional();

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
  lanes: z.int().min(1).max(MOST_LANES).default(1).meta({
    title: "Lanes",
    description: "That share the callers of a listener between them, as far as the edge has so many.",
  }),
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

type Grouped = { bonding?: Bonding | undefined };

type Sending = Socket & { km_refresh_rate: number; km_pre_announce: number; lanes: number };

const checkSending = (config: Sending): Problem[] =>
  config.km_pre_announce <= (config.km_refresh_rate - 1) / 2
    ? []
    : [{ path: ["km_pre_announce"], message: "must be less than half of km_refresh_rate" }];

/** Legs and links are told apart by their sockets, and one caller is served by one lane. */
const checkLanes = ({ lanes, mode, bonding: group, redundancy }: Sending & Grouped & Legs): Problem[] =>
  lanes === 1 || (mode === "listener" && group === undefined && redundancy === undefined)
    ? []
    : [{ path: ["lanes"], message: "must be 1, or left out, but for a listener without bonding and redundancy" }];

type Claiming = Pick<Socket, "mode" | "local_addr"> & {
  bonding?: Bonding | undefined;
  redundancy?: { local_addr?: string | undefined } | undefined;
};

const claims = (config: Claiming): Claim[] => [
  ...claimUdp({ bind_addr: config.local_addr }),
  ...claimUdp({ bind_addr: config.redundancy?.local_addr }).map((claim) => ({ ...claim, field: "redundancy.local_addr" })),
  ...claimBonding(config),
];

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
    redundancy: secondLeg(
      "The same stream over a second path: what one leg loses comes by the other (SMPTE ST 2022-7) where it comes in RTP; plain MPEG-TS is taken from the other leg when one has been silent for a second.",
      { path_differential_ms: pathDifferential() },
    ),
  }),
  output: z.object({
    ...socketFields(),
    ...sendingFields(),
    ...tsOutputFields(),
    redundancy: secondLeg(
      "Every packet is sent a second time over another path, in RTP, so that the receiver can make one stream of both (SMPTE ST 2022-7).",
      {},
    ),
  }),
  gives: "ts",
  takes: ["ts"],
  checkInput: (config: Legs & Carriage & Grouped) => [
    ...checkSocket(asSingle(config)),
    ...checkBonding(config),
    ...checkLegs(config),
    ...checkCarriage(config),
  ],
  checkOutput: (config: Sending & Legs & Carriage & Parameters<typeof checkTsOutput>[0] & Parameters<typeof checkBondedOutput>[0]) => [
    ...checkSocket(asSingle(config)),
    ...checkBonding(config),
    ...checkBondedOutput(config),
    ...checkLegs(config),
    ...checkCarriage(config),
    ...checkSource(config),
    ...checkSending(config),
    ...checkLanes(config),
    ...checkTsOutput(config),
  ],
  warnInput: warnDifferential,
  claimsInput: claims,
  claimsOutput: claims,
  lanesOutput: ({ lanes, max_connections }: { lanes: number; max_connections: number }) => Math.min(lanes, max_connections),
  capabilities: ["redundancy-2022-7", "hitless_2022_7"],
  stats: SRT_STATS,
  faults: {
    srt_bind_failed:
      "The SRT input could not open its socket: the address is not ours, another program holds the port, or there is no route.",
    srt_output_failed:
      "The SRT output could not open its socket: the address is not ours, another program holds the port, or there is no route.",
  },
  events: {
    srt_connected: "An SRT connection stands.",
    srt_disconnected: "An SRT connection ended: the other side said so, fell silent, or another took its place.",
    redundancy_failover_mode:
      "The two legs of an SRT input bring plain MPEG-TS, whose packets have no numbers in common: one leg is used until it has been silent for a second.",
    redundancy_seamless_mode: "The two legs of an SRT input bring RTP again, of which one stream is made without a gap.",
    srt_link_active: "A link of an SRT backup group sends now.",
    srt_refused: "An SRT handshake failed, and is tried again; the reason is told once.",
  },
});
