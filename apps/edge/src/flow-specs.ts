import {
  BUS_PACKETS,
  QUEUE_PACKETS,
  transportFields,
  type BandwidthLimit,
  type Config,
  type Flow,
  type Part,
  type Side,
} from "@bilbycast/contracts/config";
import type { Bandwidth, FlowPictureWishes, FlowSpec, PartSpec } from "@bilbycast/engine/flow";
import type { Declaration } from "@bilbycast/engine/transport/declare";

/** The engine's view of a checked configuration: the flows that are to run, whole. `isWanted` says which; enabled ones when absent. */
export const toFlowSpecs = (
  config: Config,
  declarations: readonly Declaration[],
  isWanted: (flow: Flow) => boolean = (flow) => flow.enabled,
): FlowSpec[] => {
  const inputById = byId(config.inputs);
  const outputById = byId(config.outputs);
  const declarationByKind = new Map(declarations.map((declaration) => [declaration.kind, declaration]));
  const spec = (part: Part, side: Side): PartSpec[] => {
    const declaration = declarationByKind.get(part.type);
    return declaration === undefined ? [] : [{ id: part.id, kind: part.type, config: transportFields(declaration, side, part) }];
  };
  return config.flows.filter(isWanted).map((flow) => {
    const inputs = flow.input_ids.flatMap((id) => inputById.get(id) ?? []);
    const outputs = flow.output_ids.flatMap((id) => outputById.get(id) ?? []).filter((output) => output.active);
    return {
      id: flow.id,
      bus: { bytes: busBytes(flow), packets: flow.bus_packets },
      queue: flow.queue_packets ?? Math.min(QUEUE_PACKETS, flow.bus_packets),
      inputs: inputs.flatMap((input) => spec(input, "input")),
      active: inputs.find((input) => input.active)?.id,
      outputs: outputs.flatMap((output) => spec(output, "output")),
      analysis: { tr101290: flow.tr101290 ?? true, media: flow.media_analysis ?? true },
      ...(flow.thumbnail === false ? {} : { pictures: picturesOf(flow) }),
      ...(flow.bandwidth_limit === undefined ? {} : { bandwidth: bandwidthOf(flow.bandwidth_limit) }),
    };
  });
};

/** 4 MiB for the default ring: 160 ms at 200 Mbit/s. */
const busBytes = (flow: Flow): number => flow.bus_bytes ?? Math.max((flow.bus_packets / BUS_PACKETS) * 4_194_304, 524_288);

/** Seconds from one picture to the next. */
const PICTURE_EVERY = 5;

const picturesOf = ({ thumbnail_interval_secs: every = PICTURE_EVERY, thumbnail_program_number: program }: Flow): FlowPictureWishes => ({
  interval: every * 1_000_000,
  ...(program === undefined ? {} : { program }),
});

const bandwidthOf = (limit: BandwidthLimit): Bandwidth => ({
  maxBitrate: limit.max_bitrate_mbps * 1_000_000,
  action: limit.action,
  graceUs: limit.grace_period_secs * 1_000_000,
});

const byId = (parts: readonly Part[]): Map<string, Part> => new Map(parts.map((part) => [part.id, part]));
