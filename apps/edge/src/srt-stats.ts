import type { Part } from "@bilbycast/contracts/config";
import type { SrtLegStats } from "@bilbycast/contracts/edge-api";
import type { PartSnapshot } from "@bilbycast/engine/flow";

/** What is known of the SRT socket of a part, and of that of its second leg; nothing of parts that have none. */
export const srtStatsOf = (part: Part, snapshot: PartSnapshot | undefined): { srt_stats?: SrtLegStats; srt_leg2_stats?: SrtLegStats } => {
  const { redundancy, type, mode } = part;
  if (type !== "srt") {
    return {};
  }
  const counters = snapshot?.state === "running" ? snapshot.counters : undefined;
  if (!isObject(redundancy)) {
    return { srt_stats: statsOf(mode, counters, counters !== undefined, plainName) };
  }
  return {
    srt_stats: statsOf(mode, counters, counters?.["leg1Open"] === 1, firstName),
    srt_leg2_stats: statsOf(redundancy["mode"], counters, counters?.["leg2Open"] === 1, secondName),
  };
};

type Counters = Readonly<Record<string, number>>;

/** The counter of a leg by the name that a socket alone has it by. */
type NameOf = (name: string) => string;

const plainName: NameOf = (name) => name;
const secondName: NameOf = (name) => `srtLeg2${name.charAt(0).toUpperCase()}${name.slice(1)}`;
/** What the input as a whole counts under these names is not the first leg's. */
const firstName: NameOf = (name) =>
  name === "packetsLost" || name === "packetsDuplicated" ? `srtLeg1${name.charAt(0).toUpperCase()}${name.slice(1)}` : name;

const statsOf = (mode: unknown, counters: Counters | undefined, isOpen: boolean, nameOf: NameOf): SrtLegStats => {
  const count = (name: string): number => counters?.[nameOf(name)] ?? 0;
  const waiting = mode === "listener" ? "listening" : "connecting";
  return {
    state: !isOpen ? "nonexist" : count("connectionsOpen") > 0 ? "connected" : waiting,
    rtt_ms: count("rttUs") / 1_000,
    pkt_loss_total: count("packetsLost") + count("lossesReported"),
    pkt_retransmit_total: count("retransmitsReceived") + count("retransmitsSent"),
    pkt_sent_total: count("dataSent"),
    pkt_sent_unique_total: count("dataSentUnique"),
    pkt_send_drop_total: count("sendDropped"),
    pkt_recv_total: count("dataReceived"),
    pkt_recv_unique_total: count("dataReceivedUnique"),
    pkt_recv_drop_total: count("packetsTooLate"),
    pkt_recv_belated: count("packetsBelated"),
    pkt_recv_undecrypt_total: count("packetsUndecrypted"),
    ms_recv_tsbpd_delay: count("receiveLatencyMs"),
    ms_send_tsbpd_delay: count("sendLatencyMs"),
  };
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
