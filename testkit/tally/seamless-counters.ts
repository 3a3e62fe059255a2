import { GaugeTally, tallies } from "./tallies.ts";

/** One readable meter for each of a SeamlessMerge and of the paths that feed it. */
export const seamlessCounters = () => ({
  ...tallies(
    "packetsLost",
    "packetsLate",
    "packetsDuplicated",
    "packetsReordered",
    "packetsOverflowed",
    "holesCutShort",
    "packetsMalformed",
    "packetsFiltered",
    "sourceResets",
    "packetsRecovered",
    "redundancySwitches",
  ),
  interarrivalJitterUs: new GaugeTally(),
  pathSkewUs: new GaugeTally(),
});

/** And of each path. */
export const pathCounters = () => ({
  ...tallies("packetsReceived", "bytesReceived", "packetsForwarded", "packetsDuplicate", "packetsLost"),
  isUp: new GaugeTally(),
});
