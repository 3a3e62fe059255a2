import type { EngineSnapshot, FlowSpec } from "@bilbycast/engine/flow";

/** What the control plane asks of the engine. Calls queue behind each other. */
export type FlowEngine = {
  /** Takes the engine to `desired`, touching only what differs; on a Fault the former flows run on, unless `tolerant`. */
  apply(desired: readonly FlowSpec[], options?: { tolerant?: boolean }): Promise<void>;
  switchInput(flowId: string, inputId: string): Promise<void>;
  snapshot(): EngineSnapshot;
  stop(): Promise<void>;
};
