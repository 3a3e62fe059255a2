import { receiveOptionsOf, type InputConfig, type InputContext, type OpenInput, type Running } from "@bilbycast/engine/transport";
import { milliseconds } from "@bilbycast/foundation/time";
import { ingress } from "@bilbycast/protocols/ingress";
import { RtpPath, RtpReceiver } from "@bilbycast/protocols/rtp";
import { SeamlessMerge } from "@bilbycast/protocols/seamless";
import type { declaration } from "./declaration.ts";

type Config = InputConfig<typeof declaration>;
type Context = InputContext<typeof declaration>;

/** Receives MPEG-TS in RTP packets, over one path or two, and puts them back in order. */
export const openInput: OpenInput<typeof declaration> = (config, context) => {
  const { redundancy } = config;
  if (redundancy !== undefined) {
    return openBoth(config, redundancy, context);
  }
  const { memory, stats } = context;
  const receiver = new RtpReceiver(memory, milliseconds(config.reorder_window_ms), stats);
  const rules = { ...rulesOf(config), delay: milliseconds(config.ingress_delay_ms) };
  return context.receive({ ...receiveOptionsOf(config), fault: "rtp_bind_failed" }, ingress(memory, rules, stats, receiver));
};

/** Two sockets, a filter behind each, one merge. The delay is the merge's, since it comes behind it. */
const openBoth = (config: Config, second: NonNullable<Config["redundancy"]>, context: Context): Running => {
  const { memory, stats } = context;
  const times = {
    differential: milliseconds(second.path_differential_ms ?? 0),
    window: milliseconds(config.reorder_window_ms),
    delay: milliseconds(config.ingress_delay_ms),
  };
  const merge = new SeamlessMerge(memory, times, stats, legTallies(stats));
  const filtered = (path: 0 | 1) => ingress(memory, { ...rulesOf(config), delay: 0 }, stats, new RtpPath(memory, path, merge, stats));
  const { bind_addr, interface_addr, source_addr } = second;
  const legs = [
    context.receive({ ...receiveOptionsOf(config), spare: { isOpen: stats.leg1Open }, fault: "rtp_bind_failed" }, filtered(0)),
    context.receive(
      {
        ...receiveOptionsOf({ ...config, bind_addr, interface_addr, source_addr, interface_binding: undefined }),
        spare: { isOpen: stats.leg2Open },
        fault: "rtp_bind_failed",
      },
      filtered(1),
    ),
  ];
  return {
    close: () => {
      for (const leg of legs) {
        leg.close();
      }
    },
  };
};

const rulesOf = (config: Config) => ({
  sources: config.allowed_sources,
  payloadTypes: config.allowed_payload_types,
  bitrate: config.max_bitrate_mbps === undefined ? undefined : config.max_bitrate_mbps * 1e6,
});

const legTallies = (stats: Context["stats"]) =>
  [
    {
      packetsReceived: stats.leg1PacketsReceived,
      bytesReceived: stats.leg1BytesReceived,
      packetsForwarded: stats.leg1PacketsForwarded,
      packetsDuplicate: stats.leg1PacketsDuplicate,
      packetsLost: stats.leg1PacketsLost,
      isUp: stats.leg1Up,
    },
    {
      packetsReceived: stats.leg2PacketsReceived,
      bytesReceived: stats.leg2BytesReceived,
      packetsForwarded: stats.leg2PacketsForwarded,
      packetsDuplicate: stats.leg2PacketsDuplicate,
      packetsLost: stats.leg2PacketsLost,
      isUp: stats.leg2Up,
    },
  ] as const;
