import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { chooseBackend, type BackendName } from "@bilbycast/engine/io";
import { Engine } from "../engine.ts";
import type { EngineEvent, FlowSnapshot, FlowSpec, PartSnapshot, PartSpec } from "../spec.ts";
import { until } from "./peers.ts";
import { registry } from "./transports.ts";

export type Setup = { name: string; backend: BackendName; lanes: number; skip: boolean };

const serves = async (backend: BackendName): Promise<boolean> =>
  chooseBackend(backend).then(
    () => true,
    () => false,
  );
const [koffi, ffi] = await Promise.all([serves("koffi"), serves("ffi")]);

/** Whatever an engine promises, it promises on each of these. */
export const SETUPS: readonly Setup[] = [
  { name: "one native lane", backend: "koffi", lanes: 1, skip: !koffi },
  { name: "two native lanes", backend: "koffi", lanes: 2, skip: !koffi },
  { name: "one lane over node:ffi", backend: "ffi", lanes: 1, skip: !ffi },
  { name: "one portable lane", backend: "dgram", lanes: 1, skip: false },
];

/** Where what lies between lanes is promised as well. */
export const CROSSINGS: readonly Setup[] = [
  ...SETUPS,
  { name: "two lanes over node:ffi", backend: "ffi", lanes: 2, skip: !ffi },
  { name: "two portable lanes", backend: "dgram", lanes: 2, skip: false },
];

/** An engine with the test's transports, and what it told. */
export class TestEngine {
  readonly engine: Engine;
  readonly events: EngineEvent[];

  private constructor(engine: Engine, events: EngineEvent[]) {
    this.engine = engine;
    this.events = events;
  }

  static async start({ backend, lanes }: { backend: BackendName; lanes: number }): Promise<TestEngine> {
    const events: EngineEvent[] = [];
    const engine = await Engine.start({
      lanes,
      tick: "auto",
      backend,
      laneEntry: new URL("lane-entry.ts", import.meta.url),
      sessionEntry: new URL("session-entry.ts", import.meta.url),
      registry,
      mediaFolder: tmpdir(),
      onEvent: (event) => events.push(event),
    });
    return new TestEngine(engine, events);
  }

  flow(id: string): FlowSnapshot {
    return this.engine.snapshot().flows.find((flow) => flow.id === id) ?? assert.fail(`there is no flow ${id}`);
  }

  input(flowId: string, id: string): PartSnapshot {
    return this.flow(flowId).inputs.find((part) => part.id === id) ?? assert.fail(`there is no input ${id}`);
  }

  output(flowId: string, id: string): PartSnapshot {
    return this.flow(flowId).outputs.find((part) => part.id === id) ?? assert.fail(`there is no output ${id}`);
  }

  /** Where an input listens. */
  address(flowId: string, inputId: string): string {
    return this.input(flowId, inputId).localAddress ?? assert.fail(`input ${inputId} has no address`);
  }

  codes(): string[] {
    return this.events.map(({ code }) => code);
  }

  async event(code: string, count = 1): Promise<EngineEvent> {
    const found = (): EngineEvent[] => this.events.filter((event) => event.code === code);
    await until(
      () => found().length >= count,
      () => `event ${code} came ${found().length} times; there were: ${this.codes().join()}`,
    );
    return found().at(-1) as EngineEvent;
  }

  /** Bytes in use on all lanes, when the lanes have said so after the last change. */
  async memory(): Promise<number> {
    await this.pass();
    return this.engine.snapshot().lanes.reduce((sum, lane) => sum + (lane.counters["arenaUsed"] ?? 0), 0);
  }

  /** Until each lane has had its turn since: on a busy machine one may not have run for a while. */
  async pass(): Promise<void> {
    const passes = this.engine.snapshot().lanes.map((lane) => lane.counters["passes"] ?? 0);
    await until(
      () => this.engine.snapshot().lanes.every((lane, i) => (lane.counters["passes"] ?? 0) > (passes[i] ?? 0)),
      "the lanes give account of themselves",
    );
  }
}

export const flow = (id: string, parts: { inputs?: PartSpec[]; active?: string | undefined; outputs?: PartSpec[] }): FlowSpec => ({
  id,
  bus: { bytes: 2 ** 20, packets: 1_024 },
  queue: 1_024,
  inputs: parts.inputs ?? [],
  active: "active" in parts ? parts.active : parts.inputs?.[0]?.id,
  outputs: parts.outputs ?? [],
});

export const listen = (id: string, bind = "127.0.0.1:0", kind = "plain"): PartSpec => ({ id, kind, config: { bind } });

/** An input that reads another flow. */
export const read = (id: string, flowId: string): PartSpec => ({ id, kind: "flow", config: { flow_id: flowId } });

export const send = (id: string, to: string, bind?: string, kind = "plain"): PartSpec => ({
  id,
  kind,
  config: { to, ...(bind === undefined ? {} : { bind }) },
});
