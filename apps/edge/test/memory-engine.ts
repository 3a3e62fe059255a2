import { Fault } from "@bilbycast/foundation/fault";
import type { EngineSnapshot, FlowPicture, FlowSpec, PartSnapshot, PartSpec } from "@bilbycast/engine/flow";
import type { FlowEngine } from "../src/flow-engine.ts";

/** An engine that carries nothing and keeps the promises of one: it remembers what it was asked, and refuses a part when told to. */
export class MemoryEngine implements FlowEngine {
  flows: readonly FlowSpec[] = [];
  /** Every list that was applied, with the time that it was. */
  readonly applied: { ids: string[]; tolerant: boolean }[] = [];
  readonly switched: [string, string][] = [];
  /** Id of a part that cannot be opened. */
  refuse: string | undefined;

  async apply(desired: readonly FlowSpec[], options: { tolerant?: boolean } = {}): Promise<void> {
    await Promise.resolve();
    const tolerant = options.tolerant ?? false;
    for (const flow of tolerant ? [] : desired) {
      refuseFirst(flow.id, "input_id", flow.inputs, this.refuse);
      refuseFirst(flow.id, "output_id", flow.outputs, this.refuse);
    }
    this.applied.push({ ids: desired.map((flow) => flow.id), tolerant });
    this.flows = desired;
  }

  async switchInput(flowId: string, inputId: string): Promise<void> {
    await Promise.resolve();
    this.switched.push([flowId, inputId]);
    this.flows = this.flows.map((flow) => (flow.id === flowId ? { ...flow, active: inputId } : flow));
  }

  /** Pictures by flow and input. */
  readonly pictures = new Map<string, FlowPicture>();
  readonly looked: string[] = [];

  picture(flowId: string, inputId?: string): FlowPicture | undefined {
    return this.pictures.get(`${flowId}/${inputId ?? this.flows.find(({ id }) => id === flowId)?.active ?? ""}`);
  }

  look(flowId: string, inputId?: string): void {
    this.looked.push(`${flowId}/${inputId ?? ""}`);
  }

  snapshot(): EngineSnapshot {
    return {
      lanes: [{ lane: 0, backend: "memory", capabilities: { trains: false }, tick: 0, counters: {} }],
      flows: this.flows.map((flow) => ({
        id: flow.id,
        state: "running",
        startedAtMs: 0,
        lane: 0,
        ...(flow.active === undefined ? {} : { activeInputId: flow.active }),
        inputs: flow.inputs.map(running),
        outputs: flow.outputs.map(running),
      })),
    };
  }

  async stop(): Promise<void> {
    await this.apply([]);
  }
}

const running = (part: PartSpec): PartSnapshot => ({ id: part.id, kind: part.kind, state: "running", counters: {} });

const refuseFirst = (flowId: string, key: string, parts: readonly PartSpec[], refused: string | undefined): void => {
  const part = parts.find((candidate) => candidate.id === refused);
  if (part !== undefined) {
    throw new Fault(`${part.kind}_bind_failed`, "The port is taken", { details: { flow_id: flowId, [key]: part.id } });
  }
};
