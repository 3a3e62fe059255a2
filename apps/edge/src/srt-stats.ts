import type { Part } from "@bilbycast/contracts/config";
import type { SrtLegStats } from "@bilbycast/contracts/edge-api";
import type { PartSnapshot } from "@bilbycast/engine/flow";

/** IPv4, UDP and SRT: what libsrt adds to each packet in its counts of bytes. */
const HEADERS = 44;
const PACKET_BITS = 12_000;
/** Payload that a place in a buffer has room for. */
const SLOT = 1_456;

/** The counter by that name, as a socket alone has it; 0 where there is none. */
type Count = (name: string) => number;

/** The counter of a leg by the name that a socket alone has it by. */
type NameOf = (name: string) => string;

const plainName: NameOf = (name) => name;
const secondName: NameOf = (name) => `srtLeg2${name.charAt(0).toUpperCase()}${name.slice(1)}`;
/** What the input as a whole counts under these names is not the first leg's. */
const firstName: NameOf = (name) =>
  name === "packetsLost" || name === "packetsDuplicated" ? `srtLeg1${name.charAt(0).toUpperCase()}${name.slice(1)}` : name;

type SrtStats = { srt_stats?: SrtLegStats; srt_leg2_stats?: SrtLegStats };

/**
 * The legs of an SRT part in libsrt's words; nothing of other parts. `wireBitrate`: bits per second of payloads. Bytes of what was lost
 * or given up are counted as libsrt does, by the mean length of what came or left.
 */
export const srtStatsOf = (part: Part, side: "input" | "output", snapshot: PartSnapshot | undefined, wireBitrate: number): SrtStats => {
  const { redundancy, type, mode } = part;
  if (type !== "srt") {
    return {};
  }
  const counters = snapshot?.state === "running" ? snapshot.counters : undefined;
  const leg = (nameOf: NameOf, ofMode: unknown, open: string): SrtLegStats => {
    const count: Count = (name) => counters?.[nameOf(name)] ?? 0;
    const isOpen = counters !== undefined && counters[open] !== 0;
    return legOf(count, side, stateOf(count, ofMode, isOpen ? snapshot : snapshot && { ...snapshot, state: "failed" }));
  };
  if (typeof redundancy === "object" && redundancy !== null) {
    const second = (redundancy as { mode?: unknown }).mode;
    return { srt_stats: leg(firstName, mode, "leg1Open"), srt_leg2_stats: leg(secondName, second, "leg2Open") };
  }
  const rate = mbps(wireBitrate);
  const alone = leg(plainName, mode, "");
  return { srt_stats: { ...alone, send_rate_mbps: side === "output" ? rate : 0, recv_rate_mbps: side === "input" ? rate : 0 } };
};

const legOf = (count: Count, side: "input" | "output", state: SrtLegStats["state"]): SrtLegStats => ({
  state,
  rtt_ms: count("rttUs") / 1_000,
  bandwidth_mbps: mbps(count("linkCapacity") * PACKET_BITS),
  pkt_loss_total: count(side === "input" ? "packetsLost" : "lossesReported"),
  pkt_retransmit_total: count(side === "input" ? "retransmitsReceived" : "retransmitsSent"),
  uptime_ms: count("connectionsOpen") > 0 ? count("connectionAgeMs") : 0,
  ...(side === "input" ? receiving(count) : sending(count)),
});

const receiving = (count: Count) => {
  const received = count("dataReceived");
  const payload = received === 0 ? 0 : count("dataBytesReceived") / received;
  const twin = twinOf(payload);
  const [lost, dropped, undecrypted] = [count("packetsLost"), count("packetsTooLate"), count("packetsUndecrypted")];
  const unique = count("dataReceivedUnique");
  return {
    pkt_recv_total: received,
    byte_recv_total: count("dataBytesReceived") + HEADERS * received,
    pkt_recv_unique_total: unique,
    byte_recv_unique_total: count("dataBytesReceivedUnique") + HEADERS * unique,
    pkt_recv_loss_total: lost,
    byte_recv_loss_total: twin(lost),
    pkt_recv_retransmit_total: count("retransmitsReceived"),
    byte_recv_retransmit_total: twin(count("retransmitsReceived")),
    pkt_recv_drop_total: dropped,
    byte_recv_drop_total: twin(dropped),
    pkt_recv_undecrypt_total: undecrypted,
    byte_recv_undecrypt_total: twin(undecrypted),
    pkt_sent_ack_total: count("acksSent"),
    pkt_sent_nak_total: count("naksSent"),
    pkt_recv_buf: count("receiveBuffered"),
    byte_recv_buf: twin(count("receiveBuffered")),
    byte_avail_recv_buf: count("receiveBufferFree") * SLOT,
    ms_recv_buf: Math.round(count("receiveBufferMs")),
    ms_recv_tsbpd_delay: count("receiveLatencyMs"),
    pkt_reorder_distance: count("reorderDistance"),
    pkt_reorder_tolerance: count("reorderTolerance"),
    pkt_recv_belated: count("packetsBelated"),
    pkt_recv_avg_belated_time: Math.round(count("belatedMs") * 1_000) / 1_000,
    pkt_recv_filter_extra: count("filterExtraReceived"),
    pkt_recv_filter_supply: count("filterRebuilt"),
    pkt_recv_filter_loss: count("filterLost"),
  };
};

const sending = (count: Count) => {
  const sent = count("dataSent");
  const payload = sent === 0 ? 0 : count("dataBytesSent") / sent;
  const twin = twinOf(payload);
  const unique = count("dataSentUnique");
  return {
    pkt_sent_total: sent,
    byte_sent_total: count("dataBytesSent") + HEADERS * sent,
    pkt_sent_unique_total: unique,
    byte_sent_unique_total: count("dataBytesSentUnique") + HEADERS * unique,
    pkt_send_loss_total: count("lossesReported"),
    byte_send_loss_total: twin(count("lossesReported")),
    byte_retransmit_total: twin(count("retransmitsSent")),
    pkt_send_drop_total: count("sendDropped"),
    byte_send_drop_total: twin(count("sendDropped")),
    pkt_recv_ack_total: count("acksReceived"),
    pkt_recv_nak_total: count("naksReceived"),
    pkt_flow_window: count("flowWindow"),
    pkt_congestion_window: count("congestionWindow"),
    max_bw_mbps: mbps(count("maxBandwidth") * 8),
    pkt_flight_size: count("flightSize"),
    pkt_send_buf: count("sendBuffered"),
    byte_send_buf: twin(count("sendBuffered")),
    byte_avail_send_buf: count("sendBufferFree") * SLOT,
    ms_send_buf: Math.round(count("sendBufferMs")),
    ms_send_tsbpd_delay: count("sendLatencyMs"),
    us_pkt_send_period: count("sendPeriodUs"),
    pkt_send_filter_extra: count("filterExtraSent"),
  };
};

/** In libsrt's words. A caller that was connected before is broken until it is again. */
const stateOf = (count: Count, mode: unknown, snapshot: PartSnapshot | undefined): SrtLegStats["state"] => {
  if (snapshot === undefined) {
    return "nonexist";
  }
  if (snapshot.state !== "running") {
    return "closed";
  }
  if (count("connectionsOpen") > 0) {
    return "connected";
  }
  return mode === "listener" ? "listening" : count("connections") > 0 ? "broken" : "connecting";
};

/** Bytes of so many packets of that mean payload. */
const twinOf =
  (payload: number) =>
  (packets: number): number =>
    Math.round(packets * (payload + HEADERS));

const mbps = (bitsPerSecond: number): number => Math.round(bitsPerSecond / 1_000) / 1_000;
