import { sendOptionsOf, type OpenOutput } from "@bilbycast/engine/transport";
import { DatagramPacketizer } from "@bilbycast/protocols/datagram";
import type { declaration } from "./declaration.ts";

/** Sends each unit of the flow as one datagram. */
export const openOutput: OpenOutput<typeof declaration> = (config, context) =>
  context.send({ ...sendOptionsOf(config), fault: "udp_output_failed" }, new DatagramPacketizer());
