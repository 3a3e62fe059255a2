import type { Part } from "@bilbycast/contracts/config";
import type { SrtLegStats } from "@bilbycast/contracts/edge-api";
import type { PartSnapshot } from "@bilbycast/engine/flow";

/** IPv4, UDP and SRT: what libsrt adds to each packet in its counts of bytes. */
const HEADERS = 44;
const PACKET_BITS = 12_000;

type Counters = PartSnapshot["counters"];

/**
 * The leg of an SRT part in libsrt's words; `undefined` for other parts. `wireBitrate`: bits per second of payloads. Bytes of what was lost
 * or given up are counted as libsrt does, by the mean length of what came or left.
 */
export const srtLegStats = (
  part: Part,
  side: "input" | "output",
  snapshot: PartSnapshot | undefined,
  wireBitrate: number,
): SrtLegStats | undefined => {
  if (part.type !== "srt") {
    return undefined;
  }
  const counters = snapshot?.counters ?? {};
  const rate = mbps(wireBitrate);
  return {
    state: stateOf(part, snapshot),
    rtt_ms: of(counters, "rttUs") / 1_000,
    send_rate_mbps: side === "output" ? rate : 0,
    recv_rate_mbps: side === "input" ? rate : 0,
    bandwidth_mbps: mbps(of(counters, "linkCapacity") * PACKET_BITS),
    pkt_loss_total: of(counters, side === "input" ? "packetsLost" : "lossesReported"),
    pkt_retransmit_total: of(counters, side === "input" ? "retransmitsReceived" : "retransmitsSent"),
    uptime_ms: of(counters, "connectionsOpen") > 0 ? of(counters, "connectionAgeMs") : 0,
    ...(side === "input" ? receiving(counters) : sending(counters)),
  };
};

const receiving = (counters: Counters) => {
  const received = of(counters, "dataReceived");
  const payload = received === 0 ? 0 : of(counters, "dataBytesReceived") / received;
  const twin = twinOf(payload);
  const [lost, dropped, undecrypted] = [of(counters, "packetsLost"), of(counters, "packetsTooLate"), of(counters, "packetsUndecrypted")];
  const unique = of(counters, "dataReceivedUnique");
  return {
    pkt_recv_total: received,
    byte_recv_total: of(counters, "dataBytesReceived") + HEADERS * received,
    pkt_recv_unique_total: unique,
    byte_recv_unique_total: of(counters, "dataBytesReceivedUnique") + HEADERS * unique,
    pkt_recv_loss_total: lost,
    byte_recv_loss_total: twin(lost),
    pkt_recv_retransmit_total: of(counters, "retransmitsReceived"),
    pkt_recv_drop_total: dropped,
    byte_recv_drop_total: twin(dropped),
    pkt_recv_undecrypt_total: undecrypted,
    byte_recv_undecrypt_total: twin(undecrypted),
    pkt_sent_ack_total: of(counters, "acksSent"),
    pkt_sent_nak_total: of(counters, "naksSent"),
    pkt_recv_buf: of(counters, "receiveBuffered"),
    byte_recv_buf: twin(of(counters, "receiveBuffered")),
    ms_recv_tsbpd_delay: of(counters, "receiveLatencyMs"),
    pkt_reorder_distance: of(counters, "reorderDistance"),
    pkt_reorder_tolerance: of(counters, "reorderTolerance"),
    pkt_recv_belated: of(counters, "packetsBelated"),
    pkt_recv_filter_extra: of(counters, "filterExtraReceived"),
    pkt_recv_filter_supply: of(counters, "filterRebuilt"),
  };
};

const sending = (counters: Counters) => {
  const sent = of(counters, "dataSent");
  const payload = sent === 0 ? 0 : of(counters, "dataBytesSent") / sent;
  const twin = twinOf(payload);
  const unique = of(counters, "dataSentUnique");
  return {
    pkt_sent_total: sent,
    byte_sent_total: of(counters, "dataBytesSent") + HEADERS * sent,
    pkt_sent_unique_total: unique,
    byte_sent_unique_total: of(counters, "dataBytesSentUnique") + HEADERS * unique,
    pkt_send_loss_total: of(counters, "lossesReported"),
    byte_retransmit_total: twin(of(counters, "retransmitsSent")),
    pkt_send_drop_total: of(counters, "sendDropped"),
    byte_send_drop_total: twin(of(counters, "sendDropped")),
    pkt_recv_ack_total: of(counters, "acksReceived"),
    pkt_recv_nak_total: of(counters, "naksReceived"),
    pkt_flow_window: of(counters, "flowWindow"),
    pkt_flight_size: of(counters, "flightSize"),
    pkt_send_buf: of(counters, "sendBuffered"),
    byte_send_buf: twin(of(counters, "sendBuffered")),
    ms_send_tsbpd_delay: of(counters, "sendLatencyMs"),
    us_pkt_send_period: of(counters, "sendPeriodUs"),
    pkt_send_filter_extra: of(counters, "filterExtraSent"),
  };
};

/** In libsrt's words. A caller that was connected before is broken until it is again. */
const stateOf = (part: Part, snapshot: PartSnapshot | undefined): SrtLegStats["state"] => {
  if (snapshot === undefined) {
    return "nonexist";
  }
  if (snapshot.state !== "running") {
    return "closed";
  }
  if (of(snapshot.counters, "connectionsOpen") > 0) {
    return "connected";
  }
  return part["mode"] === "listener" ? "listening" : of(snapshot.counters, "connections") > 0 ? "broken" : "connecting";
};

const of = (counters: Counters, name: string): number => counters[name] ?? 0;

/** Bytes of so many packets of that mean payload. */
const twinOf =
  (payload: number) =>
  (packets: number): number =>
    Math.round(packets * (payload + HEADERS));

const mbps = (bitsPerSecond: number): number => Math.round(bitsPerSecond / 1_000) / 1_000;
