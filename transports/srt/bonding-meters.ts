import type { Tally } from "@bilbycast/foundation/packets";
import type { SrtMeters } from "@bilbycast/protocols/srt";
import type { LinkNumber, LinkStat } from "./declaration-bonding.ts";

type LinkTallies = { readonly [Name in `link${LinkNumber}${LinkStat}`]: Tally };

const NOBODY: Tally = { add: () => {}, set: () => {} };

/** What the meters of a connection are counted as for its link. */
const OF_LINK: Partial<Record<keyof SrtMeters, LinkStat>> = {
  linkState: "State",
  dataReceived: "Packets",
  dataSent: "Packets",
  packetsLost: "Lost",
  lossesReported: "Lost",
  retransmitsReceived: "Retransmits",
  retransmitsSent: "Retransmits",
  rttUs: "RttUs",
};

/** What a group counts as a whole, however many links have brought it. */
const OF_GROUP: ReadonlySet<keyof SrtMeters> = new Set(["dataReceivedUnique", "packetsTooLate"]);

/** The meters of one link: what it counts goes into its row as well as into the sum of all. */
export const linkMetersOf = (meters: SrtMeters, stats: LinkTallies, link: LinkNumber): SrtMeters => {
  const entries = Object.entries(meters) as [keyof SrtMeters, Tally][];
  return Object.fromEntries(
    entries.map(([name, sum]) => {
      const row = OF_LINK[name];
      const all = OF_GROUP.has(name) ? NOBODY : sum;
      return [name, row === undefined ? all : both(all, stats[`link${link}${row}`])];
    }),
  ) as SrtMeters;
};

const both = (first: Tally, second: Tally): Tally => ({
  add: (amount) => {
    first.add(amount);
    second.add(amount);
  },
  set: (value) => {
    first.set(value);
    second.set(value);
  },
});
