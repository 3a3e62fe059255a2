import type { OpenInput } from "@bilbycast/engine/transport";
import { TsUnits } from "@bilbycast/protocols/mpegts";
import { createEndpoint, SrtReceiver } from "@bilbycast/protocols/srt";
import { openBondedInput } from "./bonded-input.ts";
import type { declaration } from "./declaration.ts";
import { eventOf, inputSettings, metersOf } from "./settings.ts";

/** Receives MPEG-TS over SRT, as it is or in RTP. */
export const openInput: OpenInput<typeof declaration> = (config, context) => {
  if (config.bonding !== undefined) {
    return openBondedInput(config, config.bonding, context);
  }
  const { memory, crypto, stats } = context;
  const { mode, local_addr, remote_addr, ip_tos, ip_ttl } = config;
  const endpoint = createEndpoint(mode, {
    memory,
    crypto,
    settings: inputSettings(config),
    meters: metersOf(stats),
    direction: "receive",
    report: (event) => context.report(eventOf(event)),
  });
  return context.receive(
    {
      bind: local_addr ?? (remote_addr?.startsWith("[") === true ? "[::]:0" : "0.0.0.0:0"),
      ...(remote_addr === undefined ? {} : { to: remote_addr }),
      ...(ip_tos === undefined ? {} : { dscp: ip_tos >> 2 }),
      ...(ip_ttl === undefined ? {} : { ttl: ip_ttl }),
      fault: "srt_bind_failed",
    },
    new SrtReceiver(endpoint, new TsUnits(memory, stats)),
  );
};
