import { receiveOptionsOf, type OpenInput } from "@bilbycast/engine/transport";
import { milliseconds } from "@bilbycast/foundation/time";
import { ingress } from "@bilbycast/protocols/ingress";
import { RtpReceiver } from "@bilbycast/protocols/rtp";
import type { declaration } from "./declaration.ts";

/** Receives MPEG-TS in RTP packets and puts them back in order. */
export const openInput: OpenInput<typeof declaration> = (config, context) => {
  const { memory, stats } = context;
  const rules = {
    sources: config.allowed_sources,
    payloadTypes: config.allowed_payload_types,
    bitrate: config.max_bitrate_mbps === undefined ? undefined : config.max_bitrate_mbps * 1e6,
    delay: milliseconds(config.ingress_delay_ms),
  };
  const receiver = new RtpReceiver(memory, milliseconds(config.reorder_window_ms), stats);
  return context.receive({ ...receiveOptionsOf(config), fault: "rtp_bind_failed" }, ingress(memory, rules, stats, receiver));
};
