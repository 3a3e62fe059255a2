import { z } from "zod";

const count = () => z.number().nonnegative();

/** How a link of an SRT group stands; a gauge of the transport tells its place in this list. The two last ones of a backup are active as well. */
export const SRT_LINK_STATES = ["pending", "standby", "fresh", "stable", "unstable", "wary", "broken"] as const;

/** The links of an SRT group. */
export const srtBondingStatsSchema = z
  .object({
    mode: z.enum(["broadcast", "backup"]),
    links_connected: count(),
    links: z.array(
      z.object({
        link: z.int().positive().describe("From 1 on, in the order of the endpoints."),
        addr: z.string().optional().describe("Whom it calls, or where it listens; absent where one address takes all links."),
        weight: count(),
        state: z.enum(SRT_LINK_STATES),
        rtt_ms: count(),
        packets: count().describe("Data packets that it brought, or sent; those sent again included."),
        pkt_loss_total: count().describe("Missing on this link, whether or not another one had them."),
        pkt_retransmit_total: count(),
      }),
    ),
  })
  .meta({ id: "SrtBondingStats" });

export type SrtBondingStats = z.output<typeof srtBondingStatsSchema>;
