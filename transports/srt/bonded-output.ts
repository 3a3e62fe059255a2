import type { OutputConfig, OutputContext, Running } from "@bilbycast/engine/transport";
import { createGroupSenders } from "@bilbycast/protocols/srt";
import { bondedSockets, groupOf, SPARE } from "./bonded-sockets.ts";
import type { Bonding } from "./declaration-bonding.ts";
import type { declaration } from "./declaration.ts";
import { outputSettings } from "./settings.ts";

type Config = OutputConfig<typeof declaration>;
type Context = OutputContext<typeof declaration>;

/** Sends by several links as by one: a socket for each, which all read the same packets of the flow. */
export const openBondedOutput = (config: Config, bonding: Bonding, context: Context): Running => {
  const { memory, crypto } = context;
  const { ip_tos = 0, ip_ttl } = config;
  const sockets = bondedSockets({ ...config, bonding }, context);
  const { machines } = createGroupSenders({
    memory,
    crypto,
    settings: outputSettings(config),
    ...groupOf({ ...config, bonding }, sockets),
  });
  const running = machines.map((machine, i) => {
    const { bind, to } = sockets[i] ?? {};
    return context.send(
      {
        ...(to === undefined ? {} : { to }),
        ...(bind === undefined ? {} : { bind }),
        ...(ip_ttl === undefined ? {} : { ttl: ip_ttl }),
        dscp: ip_tos >> 2,
        trains: false,
        spare: SPARE,
        fault: "srt_output_failed",
      },
      machine,
    );
  });
  return { close: () => running.forEach((each) => each.close()) };
};
