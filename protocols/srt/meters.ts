import type { Tally } from "@bilbycast/foundation/packets";

/** What only grows. */
export const SRT_COUNTERS = [
  "dataReceived",
  "dataReceivedUnique",
  "retransmitsReceived",
  "packetsLost",
  "packetsTooLate",
  "packetsBelated",
  "packetsDuplicated",
  "packetsUndecrypted",
  "packetsOverflowed",
  "packetsMalformed",
  "packetsFiltered",
  "acksSent",
  "naksSent",
  "dataSent",
  "dataSentUnique",
  "retransmitsSent",
  "lossesReported",
  "sendDropped",
  "unconnectedDropped",
  "acksReceived",
  "naksReceived",
  "filterExtraSent",
  "filterExtraReceived",
  "filterRebuilt",
  "keysRefreshed",
  "connections",
  "dataBytesReceived",
  "dataBytesReceivedUnique",
  "dataBytesSent",
  "dataBytesSentUnique",
  "handshakesRefused",
] as const;

/** What goes up and down. */
export const SRT_GAUGES = [
  "rttUs",
  "rttVarianceUs",
  "receiveBuffered",
  "sendBuffered",
  "flightSize",
  "flowWindow",
  "sendPeriodUs",
  "receiveLatencyMs",
  "sendLatencyMs",
  "linkReceiveRate",
  "reorderDistance",
  "connectionsOpen",
  "linkState",
  "connectionAgeMs",
  "reorderTolerance",
  "linkCapacity",
] as const;

export type SrtMeters = { readonly [Name in (typeof SRT_COUNTERS)[number] | (typeof SRT_GAUGES)[number]]: Tally };
