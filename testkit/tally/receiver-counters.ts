import { GaugeTally, tallies } from "./tallies.ts";

/** One readable meter for each of an RtpReceiver. */
export const receiverCounters = () => ({
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
  ),
  interarrivalJitterUs: new GaugeTally(),
});
