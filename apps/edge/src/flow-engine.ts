import type { EngineSnapshot, FlowPicture, FlowSpec } from "@bilbycast/engine/flow";

/** What the control plane asks of the engine. Calls queue behind each other. */
export type FlowEngine = {
  /** Takes the engine to `desired`, touching only what differs; on a Fault the former flows run on, unless `tolerant`. */
  apply(desired: readonly FlowSpec[], options?: { tolerant?: boolean }): Promise<void>;
  switchInput(flowId: string, inputId: string): Promise<void>;
  snapshot(): EngineSnapshot;
  /** The newest picture of an input, or of the flow's active one. */
  picture(flowId: string, inputId?: string): FlowPicture | undefined;
  /** Five pictures a second of it for five seconds. Throws the Faults `pictures_off`, `preview_limit`. */
  look(flowId: string, inputId?: string): void;
  stop(): Promise<void>;
};
