import { sendOptionsOf, tsStageOf, type OpenOutput } from "@bilbycast/engine/transport";
import { RtpPacketizer } from "@bilbycast/protocols/rtp";
import type { declaration } from "./declaration.ts";

/** Sends each unit of the flow as one RTP packet, as a new source each time it is opened; over two paths, the same bytes over each. */
export const openOutput: OpenOutput<typeof declaration> = (config, context) => {
  const source = {
    ssrc: context.random32(),
    firstSequenceNumber: context.random32() & 0xffff,
    firstTimestamp: context.random32(),
  };
  const packetizer = (): RtpPacketizer => new RtpPacketizer(context.memory, source);
  const { redundancy } = config;
  const options = sendOptionsOf(config);
  const stage = tsStageOf(config, context, options.pacer?.hold);
  if (redundancy === undefined) {
    return context.send({ ...options, ...stage, fault: "rtp_output_failed" }, packetizer());
  }
  const { stats } = context;
  const { dest_addr, bind_addr, interface_addr, dscp = config.dscp } = redundancy;
  const second = { ...config, dest_addr, bind_addr, interface_addr, dscp, interface_binding: undefined };
  const legs = [
    context.send(
      {
        ...options,
        ...stage,
        spare: { isOpen: stats.leg1Open },
        counts: { packetsSent: stats.leg1PacketsSent, bytesSent: stats.leg1BytesSent, packetsDropped: stats.leg1PacketsDropped },
        fault: "rtp_output_failed",
      },
      packetizer(),
    ),
    context.send(
      {
        ...sendOptionsOf(second),
        ...stage,
        spare: { isOpen: stats.leg2Open },
        counts: { packetsSent: stats.leg2PacketsSent, bytesSent: stats.leg2BytesSent, packetsDropped: stats.leg2PacketsDropped },
        fault: "rtp_output_failed",
      },
      packetizer(),
    ),
  ];
  return {
    close: () => {
      for (const leg of legs) {
        leg.close();
      }
    },
  };
};
