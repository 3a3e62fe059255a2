import { tsStageOf, type OpenOutput, type OutputConfig, type OutputContext, type SendOptions } from "@bilbycast/engine/transport";
import { RtpEncapsulation, type RtpSource } from "@bilbycast/protocols/rtp";
import { createEndpoint, NAMED_BY, SharedPort, SrtSender, type SrtMeters } from "@bilbycast/protocols/srt";
import { openBondedOutput } from "./bonded-output.ts";
import type { declaration } from "./declaration.ts";
import { closingAll, secondLegOf } from "./legs.ts";
import { eventOf, metersOf, metersOfLeg, outputSettings } from "./settings.ts";

type Config = OutputConfig<typeof declaration>;
type Context = OutputContext<typeof declaration>;

/** Sends each unit of the flow as one SRT message, to everybody who is connected; by two legs as RTP, the same packets by each. */
export const openOutput: OpenOutput<typeof declaration> = (config, context) => {
  if (config.bonding !== undefined) {
    return openBondedOutput(config, config.bonding, context);
  }
  const { memory, stats } = context;
  const stage = tsStageOf(config, context);
  const second = secondLegOf(config);
  if (second === undefined) {
    return context.send({ ...socketOf(config), ...stage }, senderOf(config, context, metersOf(stats)));
  }
  const source: RtpSource = {
    ssrc: context.random32(),
    firstSequenceNumber: context.random32() & 0xffff,
    firstTimestamp: context.random32(),
  };
  return closingAll(
    ([config, second] as const).map((leg, i) => {
      const number = i === 0 ? 1 : 2;
      const sender = senderOf(leg, context, metersOfLeg(stats, number), number);
      return context.send(
        {
          ...socketOf(leg),
          ...stage,
          spare: { isOpen: stats[`leg${number}Open`] },
          counts: {
            packetsSent: stats[`leg${number}PacketsSent`],
            bytesSent: stats[`leg${number}BytesSent`],
            packetsDropped: stats[`leg${number}PacketsDropped`],
          },
        },
        new RtpEncapsulation(memory, source, sender),
      );
    }),
  );
};

const senderOf = (config: Config, context: Context, meters: SrtMeters, leg?: 1 | 2): SrtSender => {
  const { memory, crypto, share } = context;
  const endpoint = createEndpoint(
    config.mode,
    {
      memory,
      crypto,
      settings: outputSettings(config),
      meters,
      direction: "send",
      report: (event) => context.report(eventOf(event, leg)),
      ...(share === undefined ? {} : { port: new SharedPort(share, config.max_connections) }),
    },
    config.max_connections,
  );
  return new SrtSender(endpoint);
};

const socketOf = ({ remote_addr, local_addr, lanes, ip_tos = 0, ip_ttl }: Config): SendOptions<typeof declaration> => ({
  ...(remote_addr === undefined ? {} : { to: remote_addr }),
  ...(local_addr === undefined ? {} : { bind: local_addr }),
  ...(ip_ttl === undefined ? {} : { ttl: ip_ttl }),
  ...(lanes === 1 ? {} : { lanes: { most: lanes, by: NAMED_BY } }),
  dscp: ip_tos >> 2,
  trains: true,
  fault: "srt_output_failed",
});
