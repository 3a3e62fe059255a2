import { Engine, type EngineEvent, type EngineOptions, type FlowSpec, type PartSpec } from "@bilbycast/engine/flow";
import { registry } from "@bilbycast/transports/registry";

/** An engine with every transport of the product, as the edge starts it. */
export const startEngine = (
  options: {
    lanes?: number;
    tick?: "auto" | number;
    backend?: "auto" | "koffi" | "dgram";
    onEvent?: (event: EngineEvent) => void;
    media?: EngineOptions["media"];
  } = {},
): Promise<Engine> =>
  Engine.start({
    lanes: options.lanes ?? 1,
    tick: options.tick ?? "auto",
    backend: options.backend ?? "auto",
    laneEntry: new URL("../src/lane-worker.ts", import.meta.url),
    sessionEntry: new URL("../src/session-worker.ts", import.meta.url),
    registry,
    mediaFolder: new URL("../demo", import.meta.url).pathname,
    onEvent: options.onEvent ?? (() => {}),
    ...(options.media === undefined ? {} : { analysis: true, media: options.media }),
  });

export const udpInput = (id: string, address = "127.0.0.1:0"): PartSpec => ({ id, kind: "udp", config: { bind_addr: address } });

export const rtpInput = (id: string, address = "127.0.0.1:0"): PartSpec => ({
  id,
  kind: "rtp",
  config: { bind_addr: address, reorder_window_ms: 10 },
});

export const udpOutput = (id: string, port: number, trains = true): PartSpec => ({
  id,
  kind: "udp",
  config: { dest_addr: `127.0.0.1:${port}`, dscp: 46, trains },
});

export const flow = (
  id: string,
  inputs: PartSpec[],
  outputs: PartSpec[],
  size: Partial<Pick<FlowSpec, "bus" | "queue">> = {},
): FlowSpec => ({
  id,
  bus: { bytes: 4 * 2 ** 20, packets: 4_096 },
  queue: 2_048,
  inputs,
  active: inputs[0]?.id,
  outputs,
  ...size,
});

/** Where the system put an input. */
export const addressOf = (engine: Engine, flowId: string, inputId: string): string => {
  const found = engine
    .snapshot()
    .flows.find(({ id }) => id === flowId)
    ?.inputs.find(({ id }) => id === inputId)?.localAddress;
  if (found === undefined) {
    throw new Error(`${flowId}/${inputId} is not open`);
  }
  return found;
};

/** Sum of a counter over every part of the direction. */
export const total = (engine: Engine, direction: "inputs" | "outputs", counter: string): number =>
  engine
    .snapshot()
    .flows.flatMap((flow) => flow[direction])
    .reduce((sum, part) => sum + (part.counters[counter] ?? 0), 0);
