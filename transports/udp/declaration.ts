import { checkSenderAddresses, claimUdp, counter, declare, unicastAddress } from "@bilbycast/engine/transport/declare";
import { z } from "zod";

export const declaration = declare({
  kind: "udp",
  title: "MPEG-TS over UDP",
  runsOn: "lane",
  input: z.object({
    bind_addr: unicastAddress({ anyPort: true }).meta({
      title: "Listen on",
      description: "Local address and port to receive on, like 0.0.0.0:5000 or [::]:5000. With port 0 the system chooses one.",
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
    trains: z.boolean().default(true).meta({
      title: "Trains",
      description: "Let the kernel cut bursts into datagrams; turn off for receivers with small buffers.",
    }),
  }),
  gives: "ts",
  takes: ["ts"],
  checkOutput: checkSenderAddresses,
  claimsInput: claimUdp,
  claimsOutput: claimUdp,
  stats: {
    notTs: counter("bytes", "Bytes skipped because they belong to no whole TS packet.", "input"),
    resyncs: counter("times", "The TS packet grid was lost and found again.", "input"),
    rtpStripped: counter("packets", "Datagrams that came with an RTP header, which was taken off.", "input"),
    regrouped: counter("units", "Units put together from datagrams that were not 7 whole TS packets.", "input"),
    overflowed: counter("units", "Dropped because one batch brought more than the input can hold.", "input"),
  },
  faults: {
    udp_bind_failed: "The UDP input could not listen: the address is not ours, or another program holds the port.",
    udp_output_failed: "The UDP output could not be opened: the local address is not ours or taken, or there is no route to the receiver.",
  },
});
