import type { Part } from "@bilbycast/contracts/config";
import { SRT_LINK_STATES, type SrtBondingStats } from "@bilbycast/contracts/edge-api";
import type { PartSnapshot } from "@bilbycast/engine/flow";

/** Rows that a listener has which takes all links at one address. */
const ROWS_OF_A_LISTENER = 4;

/** A counter of one link: it has a row of its own here. */
export const OF_LINKS = /^link[1-8][A-Z]/;

/** The links of a part that is an SRT group; nothing of any other part. */
export const srtBondingOf = ({ type, bonding }: Part, snapshot: PartSnapshot | undefined): { srt_bonding_stats?: SrtBondingStats } => {
  if (type !== "srt" || !isObject(bonding)) {
    return {};
  }
  const counters = snapshot?.state === "running" ? snapshot.counters : undefined;
  const endpoints = Array.isArray(bonding["endpoints"]) ? bonding["endpoints"].filter(isObject) : undefined;
  const rows = endpoints ?? Array.from({ length: ROWS_OF_A_LISTENER }, () => ({}));
  const links = rows.map((endpoint, i) => linkOf(endpoint, i + 1, counters));
  return {
    srt_bonding_stats: {
      mode: bonding["mode"] === "backup" ? "backup" : "broadcast",
      links_connected: links.filter(({ state }) => state !== "pending" && state !== "broken").length,
      links,
    },
  };
};

const linkOf = (
  { addr, weight }: Readonly<Record<string, unknown>>,
  link: number,
  counters: Readonly<Record<string, number>> | undefined,
): SrtBondingStats["links"][number] => {
  const count = (name: string): number => counters?.[`link${link}${name}`] ?? 0;
  return {
    link,
    ...(typeof addr === "string" ? { addr } : {}),
    weight: typeof weight === "number" ? weight : 0,
    state: SRT_LINK_STATES[count("State")] ?? "pending",
    rtt_ms: count("RttUs") / 1_000,
    packets: count("Packets"),
    pkt_loss_total: count("Lost"),
    pkt_retransmit_total: count("Retransmits"),
  };
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
