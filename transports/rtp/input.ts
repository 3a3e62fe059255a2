import type { OpenInput } from "@bilbycast/engine/transport";
import { milliseconds } from "@bilbycast/foundation/time";
import { RtpReceiver } from "@bilbycast/protocols/rtp";
import type { declaration } from "./declaration.ts";

/** Receives MPEG-TS in RTP packets and puts them back in order. */
export const openInput: OpenInput<typeof declaration> = (config, context) =>
  context.receive(
    { bind: config.bind_addr, fault: "rtp_bind_failed" },
    new RtpReceiver(context.memory, milliseconds(config.reorder_window_ms), context.stats),
  );
