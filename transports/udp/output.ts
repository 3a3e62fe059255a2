import { sendOptionsOf, tsStageOf, type OpenOutput } from "@bilbycast/engine/transport";
import { DatagramPacketizer } from "@bilbycast/protocols/datagram";
import type { declaration } from "./declaration.ts";

/** Sends each unit of the flow as one datagram. */
export const openOutput: OpenOutput<typeof declaration> = (config, context) => {
  const options = sendOptionsOf(config);
  const stage = tsStageOf(config, context, options.pacer?.hold);
  return context.send({ ...options, ...stage, fault: "udp_output_failed" }, new DatagramPacketizer());
};
