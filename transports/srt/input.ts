import type { InputConfig, InputContext, OpenInput, ReceiveOptions, Running, Spare } from "@bilbycast/engine/transport";
import type { MediaMachine } from "@bilbycast/foundation/packets";
import { TsUnits } from "@bilbycast/protocols/mpegts";
import { NumberedOrPlain, RtpPath } from "@bilbycast/protocols/rtp";
import { ActivePath, FailoverPath, NUMBERED, SeamlessMerge } from "@bilbycast/protocols/seamless";
import { createEndpoint, SrtReceiver, type SrtMeters } from "@bilbycast/protocols/srt";
import { openBondedInput } from "./bonded-input.ts";
import type { declaration } from "./declaration.ts";
import { closingAll, differentialOf, secondLegOf } from "./legs.ts";
import { followForm } from "./payload-form.ts";
import { eventOf, inputSettings, metersOf, metersOfLeg } from "./settings.ts";

type Config = InputConfig<typeof declaration>;
type Context = InputContext<typeof declaration>;

/** Receives MPEG-TS over SRT, as it is or in RTP, by one leg or two. */
export const openInput: OpenInput<typeof declaration> = (config, context) => {
  if (config.bonding !== undefined) {
    return openBondedInput(config, config.bonding, context);
  }
  const second = secondLegOf(config);
  if (second !== undefined) {
    return openBoth(config, second, context);
  }
  const { memory, stats } = context;
  return context.receive(socketOf(config), receiverOf(config, context, metersOf(stats), undefined, new TsUnits(memory, stats)));
};

/** Two sockets; what both bring in RTP becomes one stream, of plain TS one leg is used at a time. */
const openBoth = (first: Config, second: Config, context: Context): Running => {
  const { memory, stats } = context;
  const times = { differential: differentialOf(first, second), window: 0, delay: 0 };
  const tallies = [tallyOf(stats, 1), tallyOf(stats, 2)] as const;
  const merge = new SeamlessMerge(memory, times, stats, tallies);
  const active = new ActivePath(followForm(context));
  const payloads = (path: 0 | 1): MediaMachine =>
    new NumberedOrPlain(
      memory,
      new RtpPath(memory, path, merge, stats),
      new FailoverPath(path, active, new TsUnits(memory, stats), tallies[path]),
      (now) => active.admits(NUMBERED, now),
      stats,
    );
  return closingAll(
    ([first, second] as const).map((leg, i) => {
      const number = i === 0 ? 1 : 2;
      const machine = receiverOf(leg, context, metersOfLeg(stats, number), number, payloads(i === 0 ? 0 : 1));
      return context.receive(socketOf(leg, { isOpen: stats[`leg${number}Open`] }), machine);
    }),
  );
};

const receiverOf = (config: Config, context: Context, meters: SrtMeters, leg: 1 | 2 | undefined, payloads: MediaMachine): SrtReceiver => {
  const { memory, crypto } = context;
  const endpoint = createEndpoint(config.mode, {
    memory,
    crypto,
    settings: inputSettings(config),
    meters,
    direction: "receive",
    report: (event) => context.report(eventOf(event, leg)),
  });
  return new SrtReceiver(endpoint, payloads);
};

const socketOf = (config: Config, spare?: Spare): ReceiveOptions<typeof declaration> => {
  const { local_addr, remote_addr, ip_tos, ip_ttl } = config;
  return {
    bind: local_addr ?? (remote_addr?.startsWith("[") === true ? "[::]:0" : "0.0.0.0:0"),
    ...(remote_addr === undefined ? {} : { to: remote_addr }),
    ...(ip_tos === undefined ? {} : { dscp: ip_tos >> 2 }),
    ...(ip_ttl === undefined ? {} : { ttl: ip_ttl }),
    ...(spare === undefined ? {} : { spare }),
    fault: "srt_bind_failed",
  };
};

const tallyOf = (stats: Context["stats"], leg: 1 | 2) => ({
  packetsReceived: stats[`leg${leg}PacketsReceived`],
  bytesReceived: stats[`leg${leg}BytesReceived`],
  packetsForwarded: stats[`leg${leg}PacketsForwarded`],
  packetsDuplicate: stats[`leg${leg}PacketsDuplicate`],
  packetsLost: stats[`leg${leg}PacketsLost`],
  isUp: stats[`leg${leg}Up`],
});
