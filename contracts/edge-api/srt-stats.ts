import { z } from "zod";

const count = () => z.number().nonnegative();

/** connecting: calls, or waits in a rendezvous. nonexist: the socket is not open. */
export const SRT_STATES = ["connected", "connecting", "listening", "nonexist"] as const;

/** One SRT socket, in the words of libsrt's statistics. */
export const srtLegStatsSchema = z
  .object({
    state: z.enum(SRT_STATES),
    rtt_ms: count(),
    pkt_loss_total: count().describe("Found missing by this side, or reported missing by the other."),
    pkt_retransmit_total: count(),
    pkt_sent_total: count(),
    pkt_sent_unique_total: count(),
    pkt_send_drop_total: count(),
    pkt_recv_total: count(),
    pkt_recv_unique_total: count(),
    pkt_recv_drop_total: count().describe("Not delivered: they did not come in time, or could not be read."),
    pkt_recv_belated: count(),
    pkt_recv_undecrypt_total: count(),
    ms_recv_tsbpd_delay: count(),
    ms_send_tsbpd_delay: count(),
  })
  .meta({ id: "SrtLegStats" });

export type SrtLegStats = z.output<typeof srtLegStatsSchema>;
