import {
  checkReceiver,
  checkSender,
  checkTsOutput,
  claimUdp,
  counter,
  declare,
  receiverFields,
  senderFields,
  tsOutputFields,
  tsOutputStats,
  warnAbove,
} from "@bilbycast/engine/transport/declare";
import { z } from "zod";

export const declaration = declare({
  kind: "udp",
  title: "MPEG-TS over UDP",
  runsOn: "lane",
  input: z.object(receiverFields()),
  output: z.object({ ...senderFields({ trains: true }), ...tsOutputFields() }),
  gives: "ts",
  takes: ["ts"],
  checkInput: checkReceiver,
  checkOutput: (config: Parameters<typeof checkSender>[0] & Parameters<typeof checkTsOutput>[0]) => [
    ...checkSender(config),
    ...checkTsOutput(config),
  ],
  warnInput: warnAbove("max_bitrate_mbps", 10_000, "is above 10000, which limits nothing that a 10 Gbit/s port brings; the unit is Mbit/s"),
  claimsInput: claimUdp,
  claimsOutput: claimUdp,
  stats: {
    ...tsOutputStats(),
    notTs: counter("bytes", "Bytes skipped because they belong to no whole TS packet.", "input"),
    resyncs: counter("times", "The TS packet grid was lost and found again.", "input"),
    rtpStripped: counter("packets", "Datagrams that came with an RTP header, which was taken off.", "input"),
    regrouped: counter("units", "Units put together from datagrams that were not 7 whole TS packets.", "input"),
    overflowed: counter("units", "Dropped because one batch brought more than the input can hold.", "input"),
    packetsFiltered: counter(
      "packets",
      "Datagrams that were not let in, or blocked because the flow was over its bandwidth limit.",
      "input",
    ),
    sourcesRefused: counter("packets", "Of those: came from a sender that is not allowed.", "input"),
    rateExceeded: counter("packets", "Of those: were beyond the maximum bit rate.", "input"),
    delayOverflowed: counter("units", "Dropped because more waited for the ingress delay than there is room for.", "input"),
  },
  faults: {
    udp_bind_failed: "The UDP input could not listen: the address or the interface is not ours, or another program holds the port.",
    udp_output_failed:
      "The UDP output could not be opened: the local address or interface is not ours or taken, or there is no route to the receiver.",
  },
});
