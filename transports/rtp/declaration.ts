import { checkSenderAddresses, claimUdp, counter, declare, gauge, unicastAddress } from "@bilbycast/engine/transport/declare";
import { z } from "zod";

export const declaration = declare({
  kind: "rtp",
  title: "MPEG-TS over RTP (SMPTE ST 2022-2)",
  runsOn: "lane",
  input: z.object({
    bind_addr: unicastAddress({ anyPort: true }).meta({
      title: "Listen on",
      description: "Local address and port to receive on, like 0.0.0.0:5000 or [::]:5000. With port 0 the system chooses one.",
    }),
    reorder_window_ms: z.int().min(0).max(2_000).default(10).meta({
      title: "Reorder window",
      unit: "ms",
      description: "How long to wait for a packet that is missing, to put it back in its place. With 0 packets pass as they come.",
    }),
  }),
  output: z.object({
    dest_addr: unicastAddress().meta({ title: "Send to", description: "Address and port of the receiver." }),
    bind_addr: unicastAddress({ anyPort: true })
      .meta({ title: "Send from", description: "Local address and port to send from. The system chooses when it is absent." })
      .optional(),
    dscp: z.int().min(0).max(63).default(46).meta({
      title: "DSCP",
      description: "Differentiated services code point of every datagram; 46 is expedited forwarding.",
    }),
    trains: z.boolean().default(false).meta({
      title: "Trains",
      description: "Let the kernel cut bursts into datagrams; leave off for receivers with small buffers.",
    }),
  }),
  gives: "ts",
  takes: ["ts"],
  checkOutput: checkSenderAddresses,
  claimsInput: claimUdp,
  claimsOutput: claimUdp,
  stats: {
    packetsLost: counter("packets", "Missing sequence numbers, given up when the reorder window had passed.", "input"),
    packetsLate: counter("packets", "Came after they were given up; dropped, but passed where the reorder window is 0.", "input"),
    packetsDuplicated: counter("packets", "Came a second time, dropped.", "input"),
    packetsReordered: counter("packets", "Came out of order and in time, put back in their place.", "input"),
    packetsMalformed: counter("packets", "No RTP, or no whole TS packets in it; dropped.", "input"),
    packetsFiltered: counter("packets", "Control packets, and packets of another source than the one that is received; dropped.", "input"),
    packetsOverflowed: counter("packets", "Dropped because one batch brought more than the input can hold.", "input"),
    holesCutShort: counter("times", "A missing packet was given up before its time because too many waited behind it.", "input"),
    sourceResets: counter("times", "The source changed its SSRC or jumped to another sequence number, and was followed.", "input"),
    interarrivalJitterUs: gauge("microseconds", "Smoothed deviation of arrivals from RTP timestamps (RFC 3550).", "input"),
  },
  faults: {
    rtp_bind_failed: "The RTP input could not listen: the address is not ours, or another program holds the port.",
    rtp_output_failed: "The RTP output could not be opened: the local address is not ours or taken, or there is no route to the receiver.",
  },
});
