import { addNode } from "./fake-node.ts";
import { ScriptedNode } from "./scripted-node.ts";
import type { TestManager } from "./test-manager.ts";

export type FlowScript = { id: string; inputs: readonly string[]; outputs: readonly string[] };

/** What a node does with a switch that it is told to make. */
export type Manner = {
  /** Milliseconds until it answers, and from there until it tells what became of it. */
  answersAfter?: number;
  provesAfter?: number;
  /** Refuses with this code. */
  refuses?: string;
  /** Says that what leaves was not seen to change, and why. */
  doubts?: string;
  /** Does not answer at all, or does not tell what became of it. */
  isMute?: boolean;
  provesNothing?: boolean;
};

/** A node with flows between whose inputs it switches, as far as its messages go: those of an edge, in their order. */
export class SwitchedNode {
  readonly id: string;
  readonly secret: string;
  readonly active = new Map<string, string>();
  /** Per flow, `*` for all: how it behaves. */
  readonly manners = new Map<string, Manner>();
  /** What is wrong with inputs, as an edge tells it. */
  readonly inputStates = new Map<string, string>();
  readonly #flows: readonly FlowScript[];
  #node: ScriptedNode;
  #timer: NodeJS.Timeout | undefined;

  private constructor(id: string, secret: string, flows: readonly FlowScript[], node: ScriptedNode) {
    this.id = id;
    this.secret = secret;
    this.#flows = flows;
    this.#node = node;
    for (const { id: flowId, inputs } of flows) {
      this.active.set(flowId, inputs[0] ?? "");
    }
  }

  static async open(manager: TestManager, name: string, groupId: string, flows: readonly FlowScript[]): Promise<SwitchedNode> {
    const { id, secret } = await addNode(manager, { name, groupId });
    const node = await ScriptedNode.connect(manager.base, { node_id: id, node_secret: secret }, configOf(flows));
    const switched = new SwitchedNode(id, secret, flows, node);
    switched.#listen();
    return switched;
  }

  get switches(): { flow_id: string; input_id: string }[] {
    return this.#node.commands.filter(({ type }) => type === "activate_input") as unknown as { flow_id: string; input_id: string }[];
  }

  /** Somebody else switches it, at the node itself. */
  switchByHand(flowId: string, inputId: string): void {
    this.active.set(flowId, inputId);
    this.tellStats();
  }

  tellStats(): void {
    this.#node.stats(
      this.#flows.map(({ id, inputs, outputs }) => ({
        flow_id: id,
        flow_name: `Flow ${id}`,
        state: "running",
        active_input_id: this.active.get(id),
        inputs_live: inputs.map((input) => ({ input_id: input, state: this.inputStates.get(input) ?? "receiving" })),
        outputs: outputs.map((output) => ({ output_id: output })),
      })),
    );
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#node.close();
  }

  async comeBack(manager: TestManager): Promise<void> {
    this.#node = await ScriptedNode.connect(manager.base, { node_id: this.id, node_secret: this.secret }, configOf(this.#flows));
    this.#listen();
  }

  #listen(): void {
    const node = this.#node;
    node.onCommand = async (action) => {
      if (action.type !== "activate_input") {
        return undefined;
      }
      const [flowId, inputId] = [String(action["flow_id"]), String(action["input_id"])];
      const manner = this.manners.get(flowId) ?? this.manners.get("*") ?? {};
      await new Promise((resolve) => setTimeout(resolve, manner.answersAfter ?? 0));
      if (manner.isMute === true) {
        return new Promise(() => undefined);
      }
      if (manner.refuses !== undefined) {
        return { success: false, error: `it refuses: ${manner.refuses}`, error_code: manner.refuses };
      }
      const isNew = this.active.get(flowId) !== inputId;
      this.active.set(flowId, inputId);
      if (isNew && manner.provesNothing !== true) {
        setTimeout(() => this.#prove(flowId, inputId, manner), manner.provesAfter ?? 5);
      }
      return { success: true, data: { flow_id: flowId, active_input_id: inputId, ...(isNew ? {} : { unchanged: true }) } };
    };
    this.tellStats();
    this.#timer = setInterval(() => this.tellStats(), 1_000).unref();
  }

  #prove(flowId: string, inputId: string, { doubts }: Manner): void {
    const outputs = this.#flows.find(({ id }) => id === flowId)?.outputs ?? [];
    this.#node.send("event", {
      severity: doubts === undefined ? "info" : "warning",
      category: "flow",
      message: "What became of a switch",
      flow_id: flowId,
      input_id: inputId,
      details: {
        error_code: doubts === undefined ? "switch_confirmed" : "switch_unconfirmed",
        input_id: inputId,
        outputs: outputs.map((output, i) => ({ output_id: output, first_datagram_after_us: 1_000 * (i + 1) })),
        ...(doubts === undefined ? {} : { reason: doubts, reasons: [doubts] }),
      },
    });
  }
}

const configOf = (flows: readonly FlowScript[]): Record<string, unknown> => ({
  version: 2,
  inputs: flows.flatMap(({ inputs }) => inputs.map((id) => ({ id, name: `Input ${id}`, type: "udp" }))),
  outputs: flows.flatMap(({ outputs }) => outputs.map((id) => ({ id, name: `Output ${id}`, type: "udp", active: true }))),
  flows: flows.map(({ id, inputs, outputs }) => ({ id, name: `Flow ${id}`, input_ids: inputs, output_ids: outputs })),
});
