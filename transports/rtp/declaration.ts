import {
  checkReceiver,
  checkRedundantReceiver,
  checkRedundantSender,
  checkSender,
  checkTsOutput,
  claimRedundant,
  counter,
  declare,
  gauge,
  receiverFields,
  redundantReceiver,
  redundantReceiverStats,
  redundantSender,
  redundantSenderStats,
  senderFields,
  tsOutputFields,
  tsOutputStats,
  warnAbove,
} from "@bilbycast/engine/transport/declare";
import { z } from "zod";

type OutputFields = Parameters<typeof checkSender>[0] & Parameters<typeof checkTsOutput>[0] & Parameters<typeof checkRedundantSender>[0];

export const declaration = declare({
  kind: "rtp",
  title: "MPEG-TS over RTP (SMPTE ST 2022-2)",
  runsOn: "lane",
  input: z.object({
    ...receiverFields(),
    allowed_payload_types: z
      .array(z.int().min(0).max(127))
      .min(1)
      .max(128)
      .meta({ title: "Allowed payload types", description: "RTP payload types that are let in (RP 2129 U4); all when absent." })
      .optional(),
    tr07_mode: z.boolean().optional().meta({
      title: "TR-07",
      description:
        "The input is to carry JPEG XS (VSF TR-07): an event tells when it does, and a warning when what comes has none. What it carries is told in any case.",
    }),
    reorder_window_ms: z.int().min(0).max(2_000).default(10).meta({
      title: "Reorder window",
      unit: "ms",
      description:
        "How long to wait for a packet that is missing, to put it back in its place. With 0 packets pass as they come. Without effect where a second leg has a path differential.",
    }),
    redundancy: redundantReceiver(),
  }),
  output: z.object({ ...senderFields({ trains: false }), ...tsOutputFields(), redundancy: redundantSender() }),
  gives: "ts",
  takes: ["ts"],
  checkInput: (config: Parameters<typeof checkReceiver>[0] & Parameters<typeof checkRedundantReceiver>[0]) => [
    ...checkReceiver(config),
    ...checkRedundantReceiver(config),
  ],
  checkOutput: (config: OutputFields) => [...checkSender(config), ...checkTsOutput(config), ...checkRedundantSender(config)],
  warnInput: warnAbove("max_bitrate_mbps", 10_000, "is above 10000, which limits nothing that a 10 Gbit/s port brings; the unit is Mbit/s"),
  claimsInput: claimRedundant,
  claimsOutput: claimRedundant,
  capabilities: ["redundancy-2022-7", "hitless_2022_7"],
  stats: {
    ...tsOutputStats(),
    ...redundantReceiverStats(),
    ...redundantSenderStats(),
    packetsLost: counter("packets", "Missing sequence numbers, given up when the reorder window had passed.", "input"),
    packetsLate: counter("packets", "Came after they were given up; dropped, but passed where the reorder window is 0.", "input"),
    packetsDuplicated: counter("packets", "Came a second time, dropped.", "input"),
    packetsReordered: counter("packets", "Came out of order and in time, put back in their place.", "input"),
    packetsMalformed: counter("packets", "No RTP, or no whole TS packets in it; dropped.", "input"),
    packetsFiltered: counter(
      "packets",
      "Control packets, packets of another source than the one that is received, what was not let in, and what was blocked because the flow was over its bandwidth limit.",
      "input",
    ),
    sourcesRefused: counter("packets", "Of those: came from a sender that is not allowed.", "input"),
    payloadTypesRefused: counter("packets", "Of those: had a payload type that is not allowed.", "input"),
    rateExceeded: counter("packets", "Of those: were beyond the maximum bit rate.", "input"),
    delayOverflowed: counter("units", "Dropped because more waited for the ingress delay than there is room for.", "input"),
    packetsOverflowed: counter("packets", "Dropped because one batch brought more than the input can hold.", "input"),
    holesCutShort: counter("times", "A missing packet was given up before its time because too many waited behind it.", "input"),
    sourceResets: counter("times", "The source changed its SSRC or jumped to another sequence number, and was followed.", "input"),
    interarrivalJitterUs: gauge("microseconds", "Smoothed deviation of arrivals from RTP timestamps (RFC 3550).", "input"),
  },
  faults: {
    rtp_bind_failed: "The RTP input could not listen: the address or the interface is not ours, or another program holds the port.",
    rtp_output_failed:
      "The RTP output could not be opened: the local address or interface is not ours or taken, or there is no route to the receiver.",
  },
});
