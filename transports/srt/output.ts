import { tsStageOf, type OpenOutput } from "@bilbycast/engine/transport";
import { createEndpoint, SrtSender } from "@bilbycast/protocols/srt";
import { openBondedOutput } from "./bonded-output.ts";
import type { declaration } from "./declaration.ts";
import { eventOf, metersOf, outputSettings } from "./settings.ts";

/** Sends each unit of the flow as one SRT message, to everybody who is connected. */
export const openOutput: OpenOutput<typeof declaration> = (config, context) => {
  if (config.bonding !== undefined) {
    return openBondedOutput(config, config.bonding, context);
  }
  const { memory, crypto, stats } = context;
  const { mode, local_addr, remote_addr, ip_tos = 0, ip_ttl } = config;
  const endpoint = createEndpoint(
    mode,
    {
      memory,
      crypto,
      settings: outputSettings(config),
      meters: metersOf(stats),
      direction: "send",
      report: (event) => context.report(eventOf(event)),
    },
    config.max_connections,
  );
  return context.send(
    {
      ...(remote_addr === undefined ? {} : { to: remote_addr }),
      ...(local_addr === undefined ? {} : { bind: local_addr }),
      ...(ip_ttl === undefined ? {} : { ttl: ip_ttl }),
      dscp: ip_tos >> 2,
      trains: false,
      fault: "srt_output_failed",
      ...tsStageOf(config, context),
    },
    new SrtSender(endpoint),
  );
};
