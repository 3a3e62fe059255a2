import { z } from "zod";

/** listening, connecting: nobody yet. broken: it stood before, and calls again. closed: not open. nonexist: not running. */
export const SRT_LEG_STATES = ["connected", "connecting", "listening", "broken", "closed", "nonexist"] as const;

const count = () => z.number().nonnegative();
const some = () => count().optional();

/** One leg of an SRT input or output, in the words of libsrt: an input has the fields of a receiver, an output those of a sender. */
export const srtLegSchema = z
  .object({
    state: z.enum(SRT_LEG_STATES),
    rtt_ms: count().describe("Smoothed round trip time."),
    send_rate_mbps: some().describe("Absent where there are two legs."),
    recv_rate_mbps: some().describe("Absent where there are two legs."),
    bandwidth_mbps: count().describe("Highest rate that was seen to come through."),
    pkt_loss_total: count().describe("Packets missing when a later one came, as this side counts them."),
    pkt_retransmit_total: count().describe("Sent again, as this side saw them."),
    uptime_ms: count().describe("Age of the connection that was heard last."),
    pkt_recv_total: some(),
    byte_recv_total: some().describe("As all bytes here with 44 of headers for each packet."),
    pkt_recv_unique_total: some(),
    byte_recv_unique_total: some(),
    pkt_recv_loss_total: some(),
    byte_recv_loss_total: some(),
    pkt_recv_retransmit_total: some(),
    byte_recv_retransmit_total: some(),
    pkt_recv_drop_total: some(),
    byte_recv_drop_total: some(),
    pkt_recv_undecrypt_total: some(),
    byte_recv_undecrypt_total: some(),
    pkt_sent_ack_total: some(),
    pkt_sent_nak_total: some(),
    pkt_recv_buf: some(),
    byte_recv_buf: some(),
    byte_avail_recv_buf: some(),
    ms_recv_buf: some().describe("From the first to the last packet that waits."),
    ms_recv_tsbpd_delay: some(),
    pkt_reorder_distance: some(),
    pkt_reorder_tolerance: some(),
    pkt_recv_belated: some(),
    pkt_recv_avg_belated_time: some().describe("Milliseconds, smoothed."),
    pkt_recv_filter_extra: some(),
    pkt_recv_filter_supply: some(),
    pkt_recv_filter_loss: some().describe("What the packet filter could not rebuild."),
    pkt_sent_total: some(),
    byte_sent_total: some(),
    pkt_sent_unique_total: some(),
    byte_sent_unique_total: some(),
    pkt_send_loss_total: some(),
    byte_retransmit_total: some(),
    pkt_send_drop_total: some(),
    byte_send_drop_total: some(),
    pkt_recv_ack_total: some(),
    pkt_recv_nak_total: some(),
    pkt_flow_window: some(),
    pkt_congestion_window: some(),
    max_bw_mbps: some(),
    byte_send_loss_total: some(),
    pkt_flight_size: some(),
    pkt_send_buf: some(),
    byte_send_buf: some(),
    byte_avail_send_buf: some(),
    ms_send_buf: some().describe("From the oldest to the newest packet that waits or is not acknowledged."),
    ms_send_tsbpd_delay: some(),
    us_pkt_send_period: some(),
    pkt_send_filter_extra: some(),
  })
  .meta({ id: "SrtLegStats" });

export type SrtLegStats = z.output<typeof srtLegSchema>;
