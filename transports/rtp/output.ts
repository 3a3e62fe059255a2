import { sendOptionsOf, tsStageOf, type OpenOutput } from "@bilbycast/engine/transport";
import { RtpPacketizer } from "@bilbycast/protocols/rtp";
import type { declaration } from "./declaration.ts";

/** Sends each unit of the flow as one RTP packet, as a new source each time it is opened. */
export const openOutput: OpenOutput<typeof declaration> = (config, context) => {
  const options = sendOptionsOf(config);
  const stage = tsStageOf(config, context, options.pacer?.hold);
  return context.send(
    { ...options, ...stage, fault: "rtp_output_failed" },
    new RtpPacketizer(context.memory, {
      ssrc: context.random32(),
      firstSequenceNumber: context.random32() & 0xffff,
      firstTimestamp: context.random32(),
    }),
  );
};
