import { counter, type Declaration, type Stat } from "@bilbycast/engine/transport/declare";

/** Counted for every input, whatever its transport. */
export const INPUT_STATS = {
  packetsReceived: counter("packets", "Datagrams or units taken from the source."),
  bytesReceived: counter("bytes", "Bytes of those, without IP and UDP headers."),
  oversize: counter("packets", "Datagrams longer than a receive slot, dropped."),
  packetsFiltered: counter("packets", "Not let in: by a filter, or blocked because the flow was over its bandwidth limit."),
  unitsPublished: counter("packets", "Units that went to the flow's bus while this input was active."),
  sourceDiscontinuities: counter("times", "A clock of the stream on air jumped without saying so: a file began anew, or an encoder."),
  repliesSent: counter("packets", "Datagrams sent back to the source: acknowledgements, requests for retransmission."),
  replyBytesSent: counter("bytes", "Bytes of those."),
  repliesRefused: counter("packets", "Replies that the system had no room for or refused."),
  shortestGapUs: { type: "gauge", unit: "microseconds", help: "Shortest time between two arrivals in the last second of traffic." },
  longestGapUs: { type: "gauge", unit: "microseconds", help: "Longest time between two arrivals in the last second of traffic." },
  lastReceivedUs: { type: "gauge", unit: "microseconds", help: "Monotonic time of the last datagram." },
} as const satisfies Record<string, Stat>;

/** Counted for every output, whatever its transport. */
export const OUTPUT_STATS = {
  packetsSent: counter("packets", "Datagrams that the system took."),
  bytesSent: counter("bytes", "Bytes of those, without IP and UDP headers."),
  packetsDropped: { ...counter("packets", "Bus packets given up because this output was too slow."), overLanes: "most" },
  packetsRefused: counter("packets", "Datagrams that the system refused: too long, no route, forbidden."),
  sendBlocked: counter("times", "The system had no room; the packets stayed on the bus."),
  peerUnreachable: counter("times", "The peer's machine answered that nobody listens."),
} as const satisfies Record<string, Stat>;

/** Counted for every lane. */
export const LANE_STATS = {
  passes: counter("passes", "Rounds of the lane's loop."),
  busyUs: counter("microseconds", "Time spent in passes, without sleep."),
  faults: counter("times", "Flows ended by an error of ours."),
  collections: counter("times", "Garbage collections of the lane's thread."),
  longestCollectionUs: { type: "gauge", unit: "microseconds", help: "The longest of them in the last half minute to minute." },
  arenaUsed: { type: "gauge", unit: "bytes", help: "Memory reserved by open flows." },
  tickUs: { type: "gauge", unit: "microseconds", help: "Sleep between passes that move packets; 0: the lane wakes for each." },
  arenaSize: { type: "gauge", unit: "bytes", help: "Memory of the lane." },
} as const satisfies Record<string, Stat>;

export type Direction = "input" | "output";

/** Names of a part's meters in the order of its block: those of every part of its direction, then those that it declares. */
export const statNames = (declaration: Declaration, direction: Direction): string[] => {
  const own = Object.entries(declaration.stats).filter(([, stat]) => stat.direction === undefined || stat.direction === direction);
  // What a transport counts under a name that all have is one counter.
  return [...new Set([...Object.keys(direction === "input" ? INPUT_STATS : OUTPUT_STATS), ...own.map(([name]) => name)])];
};
