import type { EventReport } from "@bilbycast/engine/transport";
import type { Tally } from "@bilbycast/foundation/packets";
import type { GroupOptions, GroupSocket, SrtMeters } from "@bilbycast/protocols/srt";
import { LINKS, LINKS_OF_A_LISTENER, type Bonding, type LinkNumber } from "./declaration-bonding.ts";
import { linkMetersOf } from "./bonding-meters.ts";
import { eventOf, metersOf } from "./settings.ts";

/** One socket of a group: where it is bound, whom it calls, and what it counts with. */
type BondedSocket = { bind: string | undefined; to: string | undefined; socket: GroupSocket };

type Config = { mode: string; local_addr?: string | undefined; bonding: Bonding };
type Context = { stats: Parameters<typeof metersOf>[0] & Parameters<typeof linkMetersOf>[1]; report(event: EventReport): void };

/** Nobody asks whether each socket by itself is open: its link's state says more. */
export const SPARE: { isOpen: Tally } = { isOpen: { add: () => {}, set: () => {} } };

/** Returns to a listener's address before the old link is over. */
const LINKS_OF_AN_ADDRESS = 2;

/** The sockets that a checked configuration asks for. */
export const bondedSockets = ({ mode, local_addr, bonding }: Config, context: Context): readonly BondedSocket[] => {
  const { stats } = context;
  const meters = metersOf(stats);
  const rowOf = (link: LinkNumber): SrtMeters => linkMetersOf(meters, stats, link);
  const socketOf = (link: LinkNumber, weight: number): GroupSocket => ({
    meters: rowOf(link),
    weight,
    report: (event) => {
      const told = eventOf(event);
      context.report({ ...told, details: { ...told.details, link } });
    },
  });
  if (bonding.endpoints === undefined) {
    const linkMeters = LINKS.slice(0, LINKS_OF_A_LISTENER).map(rowOf);
    const socket = { meters, weight: 0, linkMeters, report: (event: Parameters<typeof eventOf>[0]) => context.report(eventOf(event)) };
    return [{ bind: local_addr, to: undefined, socket }];
  }
  return bonding.endpoints.map(({ addr, local_addr: from, weight }, i) => {
    const socket = socketOf(LINKS[i] ?? 1, weight);
    return mode === "listener" ? { bind: addr, to: undefined, socket } : { bind: from, to: addr, socket };
  });
};

/** Links that each socket of a listener takes. */
export const linksOf = ({ bonding }: Config): number => (bonding.endpoints === undefined ? LINKS_OF_A_LISTENER : LINKS_OF_AN_ADDRESS);

/** What the configuration says of the group itself. */
export const groupOf = (config: Config, sockets: readonly BondedSocket[]): Pick<GroupOptions, "mode" | "listens" | "sockets" | "most"> => ({
  mode: config.bonding.mode,
  listens: config.mode === "listener",
  sockets: sockets.map(({ socket }) => socket),
  most: linksOf(config),
});
