import type { InputConfig, InputContext, Running } from "@bilbycast/engine/transport";
import { TsUnits } from "@bilbycast/protocols/mpegts";
import { createGroupReceivers } from "@bilbycast/protocols/srt";
import { bondedSockets, groupOf, SPARE } from "./bonded-sockets.ts";
import type { Bonding } from "./declaration-bonding.ts";
import type { declaration } from "./declaration.ts";
import { inputSettings, metersOf } from "./settings.ts";

type Config = InputConfig<typeof declaration>;
type Context = InputContext<typeof declaration>;

/** Receives by several links as by one: a socket for each, and one stream behind them. */
export const openBondedInput = (config: Config, bonding: Bonding, context: Context): Running => {
  const { memory, crypto, stats } = context;
  const { ip_tos, ip_ttl } = config;
  const sockets = bondedSockets({ ...config, bonding }, context);
  const all = metersOf(stats);
  const { machines } = createGroupReceivers(
    { memory, crypto, settings: inputSettings(config), ...groupOf({ ...config, bonding }, sockets) },
    { delivered: all.dataReceivedUnique, tooLate: all.packetsTooLate },
    { machine: new TsUnits(memory, stats), users: 0 },
  );
  const running = machines.map((machine, i) => {
    const { bind, to } = sockets[i] ?? {};
    return context.receive(
      {
        bind: bind ?? (to?.startsWith("[") === true ? "[::]:0" : "0.0.0.0:0"),
        ...(to === undefined ? {} : { to }),
        ...(ip_tos === undefined ? {} : { dscp: ip_tos >> 2 }),
        ...(ip_ttl === undefined ? {} : { ttl: ip_ttl }),
        spare: SPARE,
        fault: "srt_bind_failed",
      },
      machine,
    );
  });
  return { close: () => running.forEach((each) => each.close()) };
};
