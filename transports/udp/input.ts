import { receiveOptionsOf, type OpenInput } from "@bilbycast/engine/transport";
import { milliseconds } from "@bilbycast/foundation/time";
import { ingress } from "@bilbycast/protocols/ingress";
import { TsUnits } from "@bilbycast/protocols/mpegts";
import type { declaration } from "./declaration.ts";

/** Receives MPEG-TS in plain datagrams, however they are cut. */
export const openInput: OpenInput<typeof declaration> = (config, context) => {
  const { memory, stats } = context;
  const rules = {
    sources: config.allowed_sources,
    bitrate: config.max_bitrate_mbps === undefined ? undefined : config.max_bitrate_mbps * 1e6,
    delay: milliseconds(config.ingress_delay_ms),
  };
  return context.receive(
    { ...receiveOptionsOf(config), fault: "udp_bind_failed" },
    ingress(memory, rules, stats, new TsUnits(memory, stats)),
  );
};
